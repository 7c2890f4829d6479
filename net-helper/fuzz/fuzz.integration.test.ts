import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const sources = path.resolve(import.meta.dirname, '..');
const corpus = (target: string) => path.join(import.meta.dirname, 'corpus', target);

/** A count, not a time: the same work on every computer. The whole run takes a few seconds. */
const runs = 150_000;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'tapestry-fuzz-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const targets = ['request', 'acl', 'netlink'];

test.each(targets)('%s: the corpus and its mutants, under the sanitizers', async (target) => {
  const program = path.join(folder, `plain-${target}`);
  await run('make', ['--silent', '-C', sources, `OUT=${folder}`, program]);
  const { stdout } = await run(program, [corpus(target), String(runs)]);
  expect(stdout).toMatch(new RegExp(`^\\d+ files, ${runs} mutants`));
});

/** clang's fuzzer is a package of its own (libclang-rt-dev). */
const libFuzzer = (): boolean => {
  const options = ['-fsanitize=fuzzer', '-x', 'c', '-', '-o', '/dev/null'];
  const body =
    '#include <stddef.h>\n#include <stdint.h>\nint LLVMFuzzerTestOneInput(const uint8_t *d, size_t n) { (void)d; (void)n; return 0; }\n';
  return spawnSync('clang', options, { input: body, stdio: ['pipe', 'ignore', 'ignore'] }).status === 0;
};

test.for(targets)('%s: coverage-guided, bounded', async (target, context) => {
  if (!libFuzzer()) context.skip('clang’s libFuzzer is not installed (Debian: clang and libclang-rt-14-dev)');
  const program = path.join(folder, `fuzz-${target}`);
  await run('make', ['--silent', '-C', sources, `OUT=${folder}`, program]);
  const found = path.join(folder, `found-${target}`);
  mkdirSync(found);
  const { stderr } = await run(
    program,
    [`-runs=${runs}`, '-max_len=4096', '-seed=1', `-artifact_prefix=${folder}/`, found, corpus(target)],
    { maxBuffer: 1 << 26 },
  );
  expect(stderr).toContain('DONE');
});
