import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runDownScript, runUpScript } from './scripts.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'scripts-'));
  await mkdir(path.join(folder, 'directory'));
  await writeFile(path.join(folder, 'plain'), '#!/bin/sh\n', { mode: 0o644 });
  await writeFile(path.join(folder, 'odd'), '#!/no/interpreter\n', { mode: 0o755 });
  await writeFile(path.join(folder, 'good'), '#!/bin/sh\ntest "$1" = tap0\n', { mode: 0o755 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([
  ['nowhere', 'FILE does not exist'],
  ['plain/below', 'FILE does not exist'],
  ['directory', 'FILE is a directory'],
  ['plain', 'FILE is not executable (chmod +x makes it so)'],
  ['odd', 'the interpreter that the first line of FILE names does not exist'],
])('a script that can’t be started: %s', async (name, why) => {
  const file = path.join(folder, name);
  const words = `it can’t be started, because ${why.replace('FILE', file)}`;
  await expect(runUpScript(file, 'tap0', '/i')).rejects.toMatchObject({
    code: 'script-failed',
    message: `The script ${file} for “tap0” failed: ${words}`,
    data: { path: '/i/script/@path' },
  });
  expect(await runDownScript(file, 'tap0')).toBe(words);
});

test('a script that can be started gets the device’s name', async () => {
  expect(await runDownScript(path.join(folder, 'good'), 'tap0')).toBeNull();
});
