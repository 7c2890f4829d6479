import { execFile } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { withLock } from './lock.mjs';
import { at } from './say.mjs';

const name = `test-${process.pid}`;
const lock = at(`build/.${name}.lock`);

afterEach(() => rmSync(lock, { force: true }));

it('runs the work and lets go, also when the work fails', () => {
  const held: boolean[] = [];
  withLock(name, () => void held.push(existsSync(lock)));
  expect(() =>
    withLock(name, () => {
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(held).toEqual([true]);
  expect(existsSync(lock)).toBe(false);
});

it('takes over from an owner that was killed', async () => {
  const gone = promisify(execFile)(process.execPath, ['-e', '']);
  await gone;
  writeFileSync(lock, String(gone.child.pid));
  let ran = false;
  withLock(name, () => (ran = true));
  expect(ran).toBe(true);
});

it('lets only one process work at a time', async () => {
  const file = at(`build/.${name}.overlap`);
  // Each notes whether another is at work; a second inside would find the file.
  const code = `
    import { existsSync, rmSync, writeFileSync } from 'node:fs';
    import { withLock } from ${JSON.stringify(at('scripts/lib/lock.mjs'))};
    for (let i = 0; i < 5; i += 1) withLock(${JSON.stringify(name)}, () => {
      if (existsSync(${JSON.stringify(file)})) throw new Error('two at work');
      writeFileSync(${JSON.stringify(file)}, '');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      rmSync(${JSON.stringify(file)});
    });
    console.log('done');`;
  const workers = [1, 2, 3].map(() => promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]));
  expect((await Promise.all(workers)).map(({ stdout }) => stdout)).toEqual(['done\n', 'done\n', 'done\n']);
}, 60_000);
