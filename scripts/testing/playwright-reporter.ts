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
    const file = process.env['TAPESTRY_SUITE_SUMMARY'];
    if (file === undefined) for (const { name, reason: why } of skipped) console.log(`skipped: ${name}: ${why}`);
    else await writeFile(file, JSON.stringify({ passed, failed, skipped } satisfies SuiteSummary));
  }
}

const title = (test: TestCase): string =>
  test
    .titlePath()
    .filter((part) => part !== '')
    .join(' > ');

/** Words of `test.skip(condition, reason)`; a test that never ran comes after a failure of its file. */
const reason = (test: TestCase): string =>
  [...test.results.flatMap((result) => result.annotations), ...test.annotations].find(({ type }) => type === 'skip' || type === 'fixme')
    ?.description ?? (test.results.length === 0 ? 'never ran' : 'no reason given');
