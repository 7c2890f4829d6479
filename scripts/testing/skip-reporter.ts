import { writeFile } from 'node:fs/promises';
import type { SerializedError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';

/** What one suite of `npm test` hands to the script that adds the suites up. */
export interface SuiteSummary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
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
    for (const module of modules) {
      failed += module.errors().length;
      for (const suite of module.children.allSuites()) failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') passed += 1;
        else if (result.state === 'failed') failed += 1;
        else {
          const note = result.state === 'skipped' ? result.note : 'never ran';
          skipped.push({ name: `${module.relativeModuleId} > ${test.fullName}`, reason: note ?? `no reason given (${test.options.mode})` });
        }
      }
    }

    const file = process.env['TAPESTRY_SUITE_SUMMARY'];
    if (file === undefined) for (const { name, reason } of skipped) console.log(`skipped: ${name}: ${reason}`);
    else await writeFile(file, JSON.stringify({ passed, failed, skipped } satisfies SuiteSummary));
  }
}
