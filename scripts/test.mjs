// `npm test`: sets up what is missing, runs every suite even after one fails, and ends with one line that adds them all up.
// `npm test -- unit lint` runs only the suites named.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { environment, node24 } from './lib/npm-packages.mjs';
import { SetupError, at, root, say, script } from './lib/say.mjs';
import { setUp } from './lib/setup.mjs';

/** @typedef {{ passed: number, failed: number, skipped: { name: string, reason: string }[] }} Summary */
/** @typedef {{ name: string, title: string, program: string, args: string[], counted: boolean }} Suite */

const vitest = at('node_modules/vitest/vitest.mjs');

/** In this order: what is quick to tell comes first. @type {readonly Suite[]} */
const suites = [
  { name: 'types', title: 'types', program: at('node_modules/typescript/bin/tsc'), args: ['-b'], counted: false },
  { name: 'lint', title: 'lint', program: at('node_modules/oxlint/bin/oxlint'), args: ['--deny-warnings'], counted: false },
  {
    name: 'format',
    title: 'format',
    program: at('node_modules/prettier/bin/prettier.cjs'),
    args: ['--check', '--log-level', 'warn', '.'],
    counted: false,
  },
  {
    name: 'unit',
    title: 'unit tests',
    program: vitest,
    args: ['run', '--project', 'unit', '--project', 'renderer', '--passWithNoTests'],
    counted: true,
  },
  {
    name: 'integration',
    title: 'integration tests',
    program: vitest,
    args: ['run', '--project', 'integration', '--passWithNoTests'],
    counted: true,
  },
  {
    name: 'e2e',
    title: 'end-to-end tests',
    program: at('node_modules/@playwright/test/cli.js'),
    args: ['test', '--config', at('playwright.config.ts')],
    counted: true,
  },
];

/**
 * Runs a suite and counts it. A suite that counts its tests writes them to a file; one that ends without having written
 * it has failed as a whole, and one whose status says failure while its counts don't has one failure more.
 * @param {Suite} suite @param {string} folder
 * @returns {Summary}
 */
const runSuite = (suite, folder) => {
  say(`running ${suite.title}`);
  const file = path.join(folder, `${suite.name}.json`);
  const { TAPESTRY_SUITE_SUMMARY: _outer, ...env } = environment();
  const result = spawnSync(node24(), [suite.program, ...suite.args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    // The guest that tests boot is built once, in the checkout: no test writes to the user's own directories.
    env: {
      ...env,
      TAPESTRY_GUEST_CACHE: env['TAPESTRY_GUEST_CACHE'] ?? at('build/test-cache/tapestry'),
      ...(suite.counted ? { TAPESTRY_SUITE_SUMMARY: file } : {}),
    },
  });
  const ok = result.status === 0;
  if (!ok) say(`${suite.title}: failed${result.signal === null ? '' : ` (${result.signal})`}`);
  if (!suite.counted) return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: [] };
  /** @type {Summary} */
  const summary = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { passed: 0, failed: ok ? 0 : 1, skipped: [] };
  return !ok && summary.failed === 0 ? { ...summary, failed: 1 } : summary;
};

/** @param {readonly Summary[]} summaries */
const conclude = (summaries) => {
  const skipped = summaries.flatMap((summary) => summary.skipped);
  /** @param {'passed' | 'failed'} field */
  const sum = (field) => summaries.reduce((total, summary) => total + summary[field], 0);
  for (const { name, reason } of skipped) console.log(`skipped: ${name}: ${reason}`);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${skipped.length} skipped`);
  return sum('failed') === 0 ? 0 : 1;
};

await script(() => {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0)
    throw new SetupError(`no suite is called ${unknown.join(', ')}; there are: ${suites.map(({ name }) => name).join(', ')}`);
  /** @type {Summary[]} */
  const summaries = [];
  try {
    setUp({ tests: true });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    // A build that fails leaves types and unit tests to say why; without packages nothing can run at all.
    summaries.push({ passed: 0, failed: 1, skipped: [] });
    if (!existsSync(vitest)) return conclude(summaries);
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tapestry-test-'));
  try {
    for (const suite of suites) if (wanted.length === 0 || wanted.includes(suite.name)) summaries.push(runSuite(suite, folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return conclude(summaries);
});
