import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findProgram } from './find-program.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), 'tapestry-find-'))));
afterEach(async () => rm(folder, { recursive: true }));

test('the first executable of PATH counts, then the system’s folders', async () => {
  await writeFile(path.join(folder, 'sh'), '', { mode: 0o755 });
  expect(await findProgram('sh', `relative:${folder}`)).toBe(path.join(folder, 'sh'));
  await chmod(path.join(folder, 'sh'), 0o644);
  expect(await findProgram('sh', folder)).toMatch(/^\/(usr\/)?bin\/sh$/);
  expect(await findProgram('tapestry-none-of-this-name', folder)).toBeUndefined();
});
