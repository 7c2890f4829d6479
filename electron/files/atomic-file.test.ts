import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyFileAtomically, isTemporaryName, removeAbandoned, writeFileAtomically } from './atomic-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tap-atomic-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('writeFileAtomically', () => {
  it('replaces a file, for its user alone, and leaves nothing beside it', async () => {
    const file = path.join(folder, 'a');
    await writeFileAtomically(file, 'one');
    await writeFileAtomically(file, 'two');
    expect(await readFile(file, 'utf8')).toBe('two');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['a']);
  });

  it('gives each of many writers at once a temporary file of its own: one of the contents is there whole', async () => {
    const file = path.join(folder, 'a');
    const contents = Array.from({ length: 20 }, (_, n) => String(n).repeat(100_000));
    await Promise.all(contents.map(async (content) => await writeFileAtomically(file, content)));
    expect(contents).toContain(await readFile(file, 'utf8'));
    expect(await readdir(folder)).toEqual(['a']);
  });

  it('replaces a link instead of what it leads to', async () => {
    await writeFile(path.join(folder, 'theirs'), 'theirs');
    await symlink('theirs', path.join(folder, 'a'));
    await writeFileAtomically(path.join(folder, 'a'), 'ours');
    expect([await readFile(path.join(folder, 'theirs'), 'utf8'), await readFile(path.join(folder, 'a'), 'utf8')]).toEqual([
      'theirs',
      'ours',
    ]);
  });

  it('leaves no temporary file where a directory has the name, and says so', async () => {
    await mkdir(path.join(folder, 'a'));
    await expect(writeFileAtomically(path.join(folder, 'a'), 'x')).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining(path.join(folder, 'a')) as string,
      data: { next: expect.stringContaining('move it away') as string },
    });
    expect(await readdir(folder)).toEqual(['a']);
  });

  it('keeps the old content on a full disk, says storage-full, and leaves nothing beside it', (context) => {
    if (spawnSync('unshare', ['-m', 'true']).status !== 0)
      context.skip('this user may not make a mount namespace, which the small file system needs');
    const script = `
      import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
      import { writeFileAtomically } from ${JSON.stringify(path.join(import.meta.dirname, 'atomic-file.ts'))};
      const [, folder] = process.argv;
      await writeFileAtomically(folder + '/b', 'before');
      await writeFileAtomically(folder + '/a', 'old');
      try { writeFileSync(folder + '/filler', Buffer.alloc(1 << 20)); } catch (error) { if (error.code !== 'ENOSPC') throw error; }
      const codes = await Promise.all([
        writeFileAtomically(folder + '/a', 'new'.repeat(5000)),
        writeFileAtomically(folder + '/b', 'after'.repeat(5000)),
      ].map((one) => one.then(() => 'written', (error) => error.code)));
      const left = { a: readFileSync(folder + '/a', 'utf8'), b: readFileSync(folder + '/b', 'utf8'), files: readdirSync(folder).sort() };
      console.log(JSON.stringify({ codes, ...left }));
    `;
    const mount = 'mount -t tmpfs -o size=128k none "$1" && exec "$2" --input-type=module-typescript -e "$3" "$1"';
    const { stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', mount, 'sh', folder, process.execPath, script], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      codes: ['storage-full', 'storage-full'],
      a: 'old',
      b: 'before',
      files: ['a', 'b', 'filler'],
    });
  });
});

describe('copyFileAtomically', () => {
  it('copies the content, not the permissions, and leaves nothing when there is no source', async () => {
    await writeFile(path.join(folder, 'from'), 'content', { mode: 0o444 });
    await copyFileAtomically(path.join(folder, 'from'), path.join(folder, 'to'));
    expect(await readFile(path.join(folder, 'to'), 'utf8')).toBe('content');
    expect((await stat(path.join(folder, 'to'))).mode & 0o777).toBe(0o600);
    await expect(copyFileAtomically(path.join(folder, 'none'), path.join(folder, 'too'))).rejects.toMatchObject({ code: 'io' });
    expect((await readdir(folder)).toSorted((a, b) => a.localeCompare(b))).toEqual(['from', 'to']);
  });
});

describe('removeAbandoned', () => {
  it('takes what a killed writer left, and neither a file that is being written nor another', async () => {
    const names = ['.a.tmp-0123456789ab', '.b.tmp-0123456789ab', '.hidden', 'c.tmp-d'];
    for (const name of names) await writeFile(path.join(folder, name), '');
    const longAgo = Date.now() / 1000 - 3600;
    for (const name of names.slice(1)) await utimes(path.join(folder, name), longAgo, longAgo);
    expect(names.map((name) => isTemporaryName(name))).toEqual([true, true, false, false]);
    await removeAbandoned(folder);
    expect((await readdir(folder)).toSorted((a, b) => a.localeCompare(b))).toEqual(['.a.tmp-0123456789ab', '.hidden', 'c.tmp-d']);
  });
});
