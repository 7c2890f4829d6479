import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { classes } from './testing/compare-command-lines.ts';
import { runNewerCorpus, type CaseResult } from './testing/conformance.ts';
import { newerDifferences, newerFigures } from './testing/unlike-libvirt.ts';

/** The directory `tests` of the sources of libvirt 11.3; docs/conformance.md says how to get it. */
const tests = process.env['TAPESTRY_LIBVIRT_TESTS'];
const missing =
  tests === undefined
    ? 'TAPESTRY_LIBVIRT_TESTS names no directory with the tests of libvirt 11.3'
    : existsSync(join(tests, 'qemuxmlconfdata'))
      ? undefined
      : `There is no qemuxmlconfdata in ${tests}`;

describe("libvirt 11.3's own cases", () => {
  let results: CaseResult[] = [];
  beforeAll(() => {
    if (missing === undefined) results = runNewerCorpus(tests ?? '');
  }, 300_000);

  test('each command line is equal, the domain is refused by an element, or the difference has a reason that the XML doesn’t show', ({
    skip,
  }) => {
    if (missing !== undefined) skip(missing);
    const refused = results.flatMap((r) => (r.outcome === 'refused' ? [r] : []));
    for (const part of classes) {
      const different = results.filter((r) => r.outcome === 'different' && r.classes.includes(part)).length;
      console.log(
        `libvirt 11.3 ${part}: ${results.length - refused.length - different} equal, ${refused.length} refused, ${different} different`,
      );
    }
    console.log(refused.map(({ name, path, reason }) => `${name}: ${path}: ${reason}`).join('\n'));
    const explained = new Set(Object.values(newerDifferences).flat());
    const different = results.filter((r) => r.outcome === 'different');
    expect(different.filter(({ name }) => !explained.has(name))).toEqual([]);
    expect(
      [...explained].filter((name) => different.every((r) => r.name !== name)),
      'reasons that no case needs',
    ).toEqual([]);
  });

  test('no NIC differs', ({ skip }) => {
    if (missing !== undefined) skip(missing);
    expect(results.filter((r) => r.outcome === 'different' && r.classes.includes('nic'))).toEqual([]);
  });

  test('docs/conformance.md has the figures', ({ skip }) => {
    if (missing !== undefined) skip(missing);
    const count = (outcome: CaseResult['outcome']) => results.filter((r) => r.outcome === outcome).length;
    expect({ cases: results.length, equal: count('equal'), refused: count('refused') }, 'testing/unlike-libvirt.ts').toEqual(newerFigures);
  });
});
