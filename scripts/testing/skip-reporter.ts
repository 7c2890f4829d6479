import { writeFile } from 'node:fs/promises';
import type { SerializedError } from 'vitest';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** What one suite of `npm test` hands to the script that adds the suites up. */
export interface SuiteSummary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  /** How long each file's tests took, with their set-up and tidying, ms; files that run side by side overlap. */
  readonly times: readonly { readonly name: string; readonly ms: number }[];
}

/**
 * Prints each skipped test with its reason; when TAPESTRY_SUITE_SUMMARY names a file, counts and reasons go there as
 * JSON instead, for the script that adds the suites up. A file that can't be loaded and an error outside of any test count as one failure each.
 */
export default class SkipReporter implements Reporter {
  async onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): Promise<void> {
    let passed = 0;
    let failed = unhandled.length;
    const skipped: { name: string; reason: string }[] = [];
    const times: { name: string; ms: number }[] = [];
    for (const module of modules) {
      const { collectDuration, duration, environmentSetupDuration } = module.diagnostic();
      times.push({ name: module.relativeModuleId, ms: Math.round(collectDuration + environmentSetupDuration + duration) });
      failed += module.errors().length;
      for (const suite of module.children.allSuites()) failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') passed += 1;
        else if (result.state === 'failed') failed += 1;
        else skipped.push({ name: `${module.relativeModuleId} > ${test.fullName}`, reason: reasonOf(test) });
      }
    }

    const file = process.env['TAPESTRY_SUITE_SUMMARY'];
    if (file === undefined) for (const { name, reason } of skipped) console.log(`skipped: ${name}: ${reason}`);
    else await writeFile(file, JSON.stringify({ passed, failed, skipped, times } satisfies SuiteSummary));
  }
}

/** Words of `context.skip(reason)`, or what kept the test from running: its suite's set-up failed, or the run ended early. */
const reasonOf = (test: TestCase): string => {
  const result = test.result();
  if (result.state === 'skipped' && result.note !== undefined) return result.note;
  if (test.options.mode !== 'run') return `no reason given (${test.options.mode})`;
  for (let suite = test.parent; ; suite = suite.parent) {
    if (suite.errors().length > 0) return 'not run: the set-up of its suite failed';
    if (suite.type === 'module') break;
  }
  return 'not run: the run ended before its turn, after a failure';
};
