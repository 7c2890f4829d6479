// `npm test`: sets up what is missing, runs every suite even after one fails, and ends with one line that adds them all up.
// `npm test -- unit lint` runs only the suites named; `npm test -- FILE…` the tests of those files (or of folders, by the beginning of their
// path), each in its own suite; `--times` says afterwards where the time went. The last two wait for guests and processes more than they
// compute: they run side by side, and what the second prints comes after the first.
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { environment, node24 } from './lib/npm-packages.mjs';
import { SetupError, at, root, say, script } from './lib/say.mjs';
import { setUp } from './lib/setup.mjs';

/** @typedef {{ passed: number, failed: number, skipped: { name: string, reason: string }[], times?: { name: string, ms: number }[] }} Summary */
/**
 * `holds`: whether a test file, or a folder that may hold some, is this suite's; suites without it take no files.
 * @typedef {{ name: string, title: string, program: string, args: string[], counted: boolean, holds?: (file: string) => boolean }} Suite
 */

const vitest = at('node_modules/vitest/vitest.mjs');

/** In this order: what is quick to tell comes first. @type {readonly Suite[]} */
const suites = [
  { name: 'types', title: 'types', program: at('node_modules/typescript/bin/tsc'), args: ['-b'], counted: false },
  { name: 'lint', title: 'lint', program: at('scripts/lint.mjs'), args: [], counted: false },
  {
    name: 'format',
    title: 'format',
    program: at('scripts/format.mjs'),
    args: ['--check'],
    counted: false,
  },
  {
    name: 'unit',
    title: 'unit tests',
    program: vitest,
    args: ['run', '--project', 'unit', '--project', 'renderer', '--passWithNoTests'],
    counted: true,
    holds: (file) => !/^e2e(\/|$)|\.integration\.test\.ts$|\.spec\.ts$/.test(file),
  },
  {
    name: 'integration',
    title: 'integration tests',
    program: vitest,
    args: ['run', '--project', 'integration', '--passWithNoTests'],
    counted: true,
    holds: (file) =>
      !/^e2e(\/|$)|^renderer\/|\.spec\.ts$/.test(file) && (!/\.test\.tsx?$/.test(file) || file.endsWith('.integration.test.ts')),
  },
  {
    name: 'e2e',
    title: 'end-to-end tests',
    program: at('node_modules/@playwright/test/cli.js'),
    args: ['test', '--config', at('playwright.config.ts')],
    counted: true,
    holds: (file) => /^e2e(\/|$)/.test(file),
  },
];

/** Suites that run while the one before them does. */
const beside = new Set(['e2e']);

/**
 * Runs a suite and counts it. A suite that counts its tests writes them to a file; one that ends without having written
 * it has failed as a whole, and one whose status says failure while its counts don't has one failure more.
 * @param {Suite} suite @param {string} folder @param {readonly string[]} files only these, where there are some
 * @param {string} [log] where its output goes instead of the terminal
 * @returns {Promise<Summary>}
 */
const runSuite = async (suite, folder, files, log) => {
  say(`running ${suite.title}${log === undefined ? '' : ' beside them'}`);
  const file = path.join(folder, `${suite.name}.json`);
  const output = log === undefined ? undefined : openSync(log, 'w');
  const { TAPESTRY_SUITE_SUMMARY: _outer, ...env } = environment();
  const child = spawn(node24(), [suite.program, ...suite.args, ...files], {
    cwd: root,
    stdio: ['ignore', output ?? 'inherit', output ?? 'inherit'],
    // The guest that tests boot is built once, in the checkout: no test writes to the user's own directories.
    env: {
      ...env,
      TAPESTRY_GUEST_CACHE: env['TAPESTRY_GUEST_CACHE'] ?? at('build/test-cache/tapestry'),
      ...(suite.counted ? { TAPESTRY_SUITE_SUMMARY: file } : {}),
    },
  });
  const [status, signal] = /** @type {[number | null, NodeJS.Signals | null]} */ (await once(child, 'exit'));
  if (output !== undefined) closeSync(output);
  const ok = status === 0;
  if (!ok) say(`${suite.title}: failed${signal === null ? '' : ` (${signal})`}`);
  if (!suite.counted) return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: [] };
  /** @type {Summary} */
  const summary = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { passed: 0, failed: ok ? 0 : 1, skipped: [] };
  return !ok && summary.failed === 0 ? { ...summary, failed: 1 } : summary;
};

/** How many of the slowest files `--times` names. */
const slowest = 25;

/**
 * Says where the time went: the suites by the clock, then the slowest files. Files of one suite may run side by side.
 * @param {readonly { title: string, ms: number }[]} clock @param {readonly Summary[]} summaries
 */
const tellTimes = (clock, summaries) => {
  /** @param {number} ms */
  const seconds = (ms) => `${(ms / 1000).toFixed(1).padStart(7)} s`;
  for (const { title, ms } of clock) console.log(`${seconds(ms)}  ${title}`);
  const files = summaries.flatMap(({ times }) => times ?? []).toSorted((a, b) => b.ms - a.ms);
  for (const { name, ms } of files.slice(0, slowest)) console.log(`${seconds(ms)}    ${name}`);
  if (files.length > slowest) {
    const rest = files.slice(slowest).reduce((total, { ms }) => total + ms, 0);
    console.log(`${seconds(rest)}    ${files.length - slowest} other files`);
  }
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

await script(async () => {
  const words = process.argv.slice(2);
  const wanted = words.filter((word) => suites.some((suite) => suite.name === word));
  const files = words
    .filter((word) => !word.startsWith('--') && !wanted.includes(word))
    .map((word) => ({ word, file: path.relative(root, path.resolve(word)) }));
  const strange = [
    ...words.filter((word) => word.startsWith('--') && word !== '--times'),
    ...files.filter(({ file }) => file.startsWith('..') || !existsSync(at(file))).map(({ word }) => word),
  ];
  if (strange.length > 0)
    throw new SetupError(`no suite, file or option is called ${strange.join(', ')}; suites: ${suites.map(({ name }) => name).join(', ')}`);
  /** @type {Summary[]} */
  const summaries = [];
  /** @type {{ title: string, ms: number }[]} */
  const clock = [];
  /** @template T @param {string} title @param {() => T | Promise<T>} work @returns {Promise<T>} */
  const timed = async (title, work) => {
    const from = performance.now();
    try {
      return await work();
    } finally {
      clock.push({ title, ms: performance.now() - from });
    }
  };
  try {
    await timed('set-up', () => setUp({ tests: true }));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    // A build that fails leaves types and unit tests to say why; without packages nothing can run at all.
    summaries.push({ passed: 0, failed: 1, skipped: [] });
    if (!existsSync(vitest)) return conclude(summaries);
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tapestry-test-'));
  try {
    const chosen = suites
      .map((suite) => ({ suite, own: files.map(({ file }) => file).filter((file) => suite.holds?.(file) === true) }))
      .filter(({ suite, own }) => words.every((word) => word.startsWith('--')) || wanted.includes(suite.name) || own.length > 0);
    for (let next = chosen.shift(); next !== undefined; next = chosen.shift()) {
      const { suite, own } = next;
      const second = chosen[0] !== undefined && beside.has(chosen[0].suite.name) ? chosen.shift() : undefined;
      const log = path.join(folder, 'second.log');
      summaries.push(
        ...(await Promise.all([
          timed(suite.title, () => runSuite(suite, folder, own)),
          ...(second === undefined ? [] : [timed(second.suite.title, () => runSuite(second.suite, folder, second.own, log))]),
        ])),
      );
      if (second !== undefined) process.stdout.write(readFileSync(log));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (words.includes('--times')) tellTimes(clock, summaries);
  return conclude(summaries);
});
