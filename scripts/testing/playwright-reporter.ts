import { writeFile } from 'node:fs/promises';
import type { FullResult, Reporter, Suite, TestCase } from '@playwright/test/reporter';
import type { SuiteSummary } from './skip-reporter.ts';

/** Counts specs as `npm test` adds them up; see SkipReporter, its twin for Vitest. */
export default class PlaywrightSummary implements Reporter {
  #suite: Suite | undefined;
  #errors = 0;

  onBegin(_config: unknown, suite: Suite): void {
    this.#suite = suite;
  }

  /** An error outside of any test: a fixture's end, a file that can't be loaded. */
  onError(): void {
    this.#errors += 1;
  }

  async onEnd(_result: FullResult): Promise<void> {
    const tests = this.#suite?.allTests() ?? [];
    const skipped = tests.filter((test) => test.outcome() === 'skipped').map((test) => ({ name: title(test), reason: reason(test) }));
    const passed = tests.filter((test) => test.outcome() === 'expected').length;
    const failed = tests.length - passed - skipped.length + this.#errors;
    const times = new Map<string, number>();
    for (const test of tests) {
      const name = `${fileOf(test).title} (${test.parent.project()?.name ?? ''})`;
      const ms = test.results.reduce((total, result) => total + result.duration, 0);
      if (ms > 0) times.set(name, (times.get(name) ?? 0) + ms);
    }
    const summary = { passed, failed, skipped, times: [...times].map(([name, ms]) => ({ name, ms })) } satisfies SuiteSummary;
    const file = process.env['TAPESTRY_SUITE_SUMMARY'];
    if (file === undefined) for (const { name, reason: why } of skipped) console.log(`skipped: ${name}: ${why}`);
    else await writeFile(file, JSON.stringify(summary));
  }
}

const title = (test: TestCase): string =>
  test
    .titlePath()
    .filter((part) => part !== '')
    .join(' > ');

/**
 * Words of `test.skip(condition, reason)`, or what kept the test from running: the steps of a file build on each other, so that those
 * after a failed one are left out; or the run ended before its turn.
 */
const reason = (test: TestCase): string => {
  const marked = [...test.results.flatMap((result) => result.annotations), ...test.annotations].find(
    ({ type }) => type === 'skip' || type === 'fixme',
  );
  if (marked !== undefined) return marked.description ?? 'no reason given';
  const failed = fileOf(test)
    .allTests()
    .find((other) => other.outcome() === 'unexpected');
  return failed === undefined ? 'not run: the run ended before its turn' : `not run: an earlier step failed (${failed.title})`;
};

/** The file that a test is in. */
const fileOf = (test: TestCase): Suite => {
  let suite = test.parent;
  while (suite.type !== 'file' && suite.parent !== undefined) suite = suite.parent;
  return suite;
};
