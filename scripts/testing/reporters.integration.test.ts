import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { at } from '../lib/say.mjs';
import type { SuiteSummary } from './skip-reporter.ts';

let folder: string;
beforeEach(() => {
  // Inside the checkout, where the runners' packages are found.
  mkdirSync(at('build'), { recursive: true });
  folder = mkdtempSync(at('build/reporters-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a runner in the folder and gives its status and what its reporter counted. */
const summaryOf = (...words: readonly string[]): { status: number | null; summary: SuiteSummary } => {
  const file = path.join(folder, 'summary.json');
  // A runner's own variables would tell the one inside that it is a worker.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VITEST|TEST|PLAYWRIGHT|PW|NODE_OPTIONS$|NODE_ENV$)/.test(name));
  const { status } = spawnSync(process.execPath, words, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...Object.fromEntries(inherited), TAPESTRY_SUITE_SUMMARY: file },
  });
  return { status, summary: JSON.parse(readFileSync(file, 'utf8')) as SuiteSummary };
};

it('Vitest: counts each test once and says why one was not run', () => {
  // Not the project's own configuration, which a search upwards would find.
  writeFileSync(path.join(folder, 'vitest.config.mjs'), 'export default {};\n');
  writeFileSync(
    path.join(folder, 'some.test.js'),
    `import { beforeAll, describe, it } from 'vitest';
it('works', () => {});
it('breaks', () => { throw new Error('broken'); });
it('asks for more', ({ skip }) => skip('there is no swtpm'));
it.skip('is switched off', () => {});
describe('a broken set-up', () => {
  beforeAll(() => { throw new Error('no guest'); });
  it('never gets its turn', () => {});
});
`,
  );
  const { status, summary } = summaryOf(
    at('node_modules/vitest/vitest.mjs'),
    'run',
    `--root=${folder}`,
    `--reporter=${at('scripts/testing/skip-reporter.ts')}`,
  );
  expect(status).toBe(1);
  expect(summary).toEqual({
    passed: 1,
    failed: 2,
    skipped: [
      { name: 'some.test.js > asks for more', reason: 'there is no swtpm' },
      { name: 'some.test.js > is switched off', reason: 'no reason given (skip)' },
      { name: 'some.test.js > a broken set-up > never gets its turn', reason: 'not run: the set-up of its suite failed' },
    ],
    times: [{ name: 'some.test.js', ms: expect.any(Number) as number }],
  });
});

it('Playwright: a step after a failed one says so', () => {
  writeFileSync(
    path.join(folder, 'playwright.config.mjs'),
    `export default { testDir: '.', workers: 1, reporter: ${JSON.stringify(at('scripts/testing/playwright-reporter.ts'))}, projects: [{ name: 'browser' }] };\n`,
  );
  writeFileSync(
    path.join(folder, 'some.spec.mjs'),
    `import { test } from '@playwright/test';
test.describe('a machine', () => {
  test.describe.configure({ mode: 'serial' });
  test('is made', () => {});
  test('is started', () => { throw new Error('no QEMU'); });
  test('is typed at', () => {});
});
test('has KVM', () => test.skip(true, 'no KVM here'));
`,
  );
  const { status, summary } = summaryOf(at('node_modules/@playwright/test/cli.js'), 'test', '--config=playwright.config.mjs');
  expect(status).toBe(1);
  expect(summary).toEqual({
    passed: 1,
    failed: 1,
    skipped: [
      { name: 'browser > some.spec.mjs > a machine > is typed at', reason: 'not run: an earlier step failed (is started)' },
      { name: 'browser > some.spec.mjs > has KVM', reason: 'no KVM here' },
    ],
    times: [{ name: 'some.spec.mjs (browser)', ms: expect.any(Number) as number }],
  });
});
