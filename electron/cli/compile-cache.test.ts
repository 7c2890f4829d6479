import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compileCacheDirectory } from './compile-cache.ts';

let cache: string;
let above: string;
let compiled: string;
beforeEach(async () => {
  cache = await mkdtemp(path.join(tmpdir(), 'tap-compiled-'));
  above = path.join(cache, 'tapestry');
  compiled = path.join(above, 'compiled');
});
afterEach(() => rm(cache, { recursive: true, force: true }));
const asked = () => compileCacheDirectory({ XDG_CACHE_HOME: cache });
const planted = async (directory: string) => {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(path.join(directory, 'planted'), 'code');
};

describe('the directory of compiled code', () => {
  it('is made for its user alone, and kept', async () => {
    expect(asked()).toBe(compiled);
    await planted(path.join(compiled, 'v24'));
    expect(asked()).toBe(compiled);
    expect(await readdir(compiled)).toEqual(['v24']);
    for (const directory of [above, compiled]) expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  it.for([0o777, 0o770, 0o702])('is emptied and closed when it had mode %o: others may have put code into it', async (mode) => {
    await planted(path.join(compiled, 'v24'));
    await chmod(compiled, mode);
    expect(asked()).toBe(compiled);
    expect(await readdir(compiled)).toEqual([]);
    expect((await stat(compiled)).mode & 0o777).toBe(0o700);
  });

  it('is emptied when a folder in it was open, or something else than a folder is in it', async () => {
    await planted(path.join(compiled, 'v24'));
    await chmod(path.join(compiled, 'v24'), 0o777);
    expect(asked()).toBe(compiled);
    expect(await readdir(compiled)).toEqual([]);
    await symlink(cache, path.join(compiled, 'v24'));
    expect(asked()).toBe(compiled);
    expect(await readdir(compiled)).toEqual([]);
  });

  it('is closed and kept when others could only look', async () => {
    await planted(path.join(compiled, 'v24'));
    await chmod(compiled, 0o755);
    expect(asked()).toBe(compiled);
    expect(await readdir(compiled)).toEqual(['v24']);
    expect((await stat(compiled)).mode & 0o777).toBe(0o700);
  });

  it('is not used below a directory that others can write to, or through a link', async () => {
    await planted(compiled);
    await chmod(above, 0o777);
    expect(asked()).toBeUndefined();
    await chmod(above, 0o700);
    await rm(compiled, { recursive: true });
    await planted(path.join(cache, 'elsewhere'));
    await symlink(path.join(cache, 'elsewhere'), compiled);
    expect(asked()).toBeUndefined();
    expect(await readdir(path.join(cache, 'elsewhere'))).toEqual(['planted']);
  });

  it('is done without where it can’t be made', async () => {
    await writeFile(above, '');
    expect(asked()).toBeUndefined();
  });
});
