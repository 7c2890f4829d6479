import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { recordedHost } from './recorded-host.ts';
import { compareCommandLines } from './testing/compare-command-lines.ts';
import { planOf } from './testing/plan-of.ts';
import { argvOf } from './command-line/argv.ts';
import { syntheticCapabilities } from './testing/synthetic-capabilities.ts';

/** `NAME.xml` is a whole machine, `NAME.args` its command line, one option to a line. A comment at the head of the XML says for which QEMU. */
const folder = join(import.meta.dirname, 'testing/pairs');
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.xml'))
  .map((file) => basename(file, '.xml'))
  .toSorted();

/** The command line of a pair's machine, in the form of an `.args` file. */
const made = (xml: string): string => {
  const [, major, minor, start] = /^<!-- QEMU (\d+)\.(\d+)(, start)?:/.exec(xml) ?? [];
  if (major === undefined || minor === undefined) throw new Error('The pair doesn’t say for which QEMU it is.');
  const capabilities = {
    ...syntheticCapabilities({ version: [Number(major), Number(minor)] }),
    tpmModels: ['tpm-tis', 'tpm-crb'],
    tpmTypes: ['emulator'],
    hasOption: () => true,
  };
  const plan = planOf(xml, {
    capabilities,
    purpose: start === undefined ? 'native' : 'start',
    host: { ...recordedHost('x86_64', 'demo'), recorded: start === undefined },
  });
  const quoted = [plan.emulator, ...argvOf(plan)].map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`,
  );
  return `${quoted.join(' ').replaceAll(/ (?=-[a-z])/g, ' \\\n')}\n`;
};

describe('machines and their command lines', () => {
  test('each has both files', () => {
    const lines = readdirSync(folder).filter((file) => file.endsWith('.args'));
    expect(lines.map((file) => basename(file, '.args')).toSorted()).toEqual(names);
    expect(names.length).toBeGreaterThanOrEqual(20);
  });

  test.for(names)('%s', (name) => {
    const actual = made(readFileSync(join(folder, `${name}.xml`), 'utf8'));
    const { missing, extra } = compareCommandLines(readFileSync(join(folder, `${name}.args`), 'utf8'), actual);
    expect({ missing, extra }, actual).toEqual({ missing: [], extra: [] });
  });
});
