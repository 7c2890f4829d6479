import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chainOf } from './image-chain.ts';
import { contentOf, readContent } from './image-content.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tap-chain-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const qemuImg = (...args: readonly string[]) => {
  const { status, stderr, stdout } = spawnSync('qemu-img', args, { cwd: folder, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
};
const create = (name: string, format: string, ...more: readonly string[]) => qemuImg('create', '-q', '-f', format, ...more, name);
const at = (name: string) => join(folder, name);
const contentAt = (name: string) => readContent(at(name), (content) => content);
/** Names in the folder and formats, as the chain has them. */
const short = async (name: string) =>
  (await chainOf(at(name))).map(({ path, content, trouble }) => [path.slice(folder.length + 1), content?.format ?? trouble]);

describe('the content of an image', () => {
  it.each(['qcow2', 'qcow', 'qed', 'vmdk', 'vdi', 'vhdx', 'vpc', 'parallels', 'raw'])(
    'is %s as qemu-img says, whatever its name',
    async (format) => {
      for (const name of ['a.img', 'b.raw', 'c.qcow2', 'd']) {
        qemuImg('create', '-q', '-f', format, name, '4M');
        expect(JSON.parse(qemuImg('info', '--output=json', name))).toMatchObject({ format });
        expect(await contentAt(name)).toEqual({ format });
      }
    },
  );

  it('is old qcow2 too, and LUKS', async () => {
    create('old', 'qcow2', '-o', 'compat=0.10', '-o', 'size=4M');
    expect(await contentAt('old')).toEqual({ format: 'qcow2' });
    qemuImg('create', '-q', '-f', 'luks', '--object', 'secret,id=s,data=x', '-o', 'key-secret=s,iter-time=10', 'luks', '1M');
    expect(await contentAt('luks')).toEqual({ format: 'luks' });
  });

  it('is told of what is no disk as it is: compressed, empty, an installer; never of what only looks like it', async () => {
    await writeFile(at('a.qcow2.gz'), gzipSync('x'));
    await writeFile(at('empty'), '');
    await writeFile(at('cd'), '');
    await truncate(at('cd'), 1 << 20);
    expect(await contentAt('a.qcow2.gz')).toEqual({ format: 'raw', kind: 'gzip' });
    expect(await contentAt('empty')).toEqual({ format: 'raw', kind: 'empty' });
    expect(await contentAt('cd')).toEqual({ format: 'raw' });
    const iso = new Uint8Array(0x8006);
    iso.set(new TextEncoder().encode('CD001'), 0x8001);
    expect(contentOf(iso)).toEqual({ format: 'raw', kind: 'iso' });
    expect(contentOf(Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0))).toEqual({ format: 'raw', kind: 'xz' });
    expect(contentOf(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd))).toEqual({ format: 'raw', kind: 'zstd' });
    for (const text of ['QFI', 'QFI\u00fb', 'version=1', '# nothing\nversion=9\n', 'LUKS'])
      expect(contentOf(Buffer.from(text))).toEqual({ format: 'raw' });
    await mkdir(at('folder'));
    expect(await contentAt('folder').catch((error: NodeJS.ErrnoException) => error.code)).toBeUndefined();
    expect(spawnSync('mkfifo', [at('pipe')]).status).toBe(0);
    expect(await contentAt('pipe')).toBeUndefined();
  });
});

describe('what an image stands on', () => {
  it('is what qemu-img says, over several formats, by relative names, without a format, in JSON', async () => {
    create('base', 'raw', '-o', 'size=4M');
    qemuImg('create', '-q', '-f', 'qcow2', '-b', 'base', '-F', 'raw', 'one');
    qemuImg('create', '-q', '-f', 'qcow2', '-o', 'compat=0.10', '-b', 'one', '-F', 'qcow2', 'two');
    qemuImg('create', '-q', '-f', 'qed', '-b', 'two', '-F', 'qcow2', 'three');
    const said = JSON.parse(qemuImg('info', '--backing-chain', '--output=json', 'three')) as { filename: string; format: string }[];
    expect(await short('three')).toEqual(said.map(({ filename, format }) => [filename.split('/').at(-1), format]));
    const json = JSON.stringify({ driver: 'qcow2', file: { driver: 'file', filename: at('one') } });
    qemuImg('create', '-q', '-f', 'qcow2', '-b', `json:${json}`, '-F', 'qcow2', 'json');
    expect(await short('json')).toEqual([
      ['json', 'qcow2'],
      ['one', 'qcow2'],
      ['base', 'raw'],
    ]);
  });

  it('is its data file and its extents as well', async () => {
    create('data-image', 'qcow2', '-o', 'size=4M,data_file=data.bin');
    expect(await short('data-image')).toEqual([
      ['data-image', 'qcow2'],
      ['data.bin', 'raw'],
    ]);
    create('flat.vmdk', 'vmdk', '-o', 'size=4M,subformat=monolithicFlat');
    expect(await short('flat.vmdk')).toEqual([
      ['flat.vmdk', 'vmdk'],
      ['flat-flat.vmdk', 'raw'],
    ]);
    create('base.vmdk', 'vmdk', '-o', 'size=4M');
    qemuImg('create', '-q', '-f', 'vmdk', '-b', 'base.vmdk', '-F', 'vmdk', 'over.vmdk');
    expect(await short('over.vmdk')).toEqual([
      ['over.vmdk', 'vmdk'],
      ['base.vmdk', 'vmdk'],
    ]);
  });

  it('is told where it is missing; a circle ends; a header under raw is no header; nothing of the network is a file', async () => {
    create('base', 'qcow2', '-o', 'size=4M');
    qemuImg('create', '-q', '-f', 'qcow2', '-b', 'base', '-F', 'qcow2', 'over');
    expect(await chainOf(at('over'), true)).toHaveLength(1);
    await rm(at('base'));
    expect(await short('over')).toEqual([
      ['over', 'qcow2'],
      ['base', 'ENOENT'],
    ]);
    create('other', 'qcow2', '-o', 'size=4M');
    qemuImg('rebase', '-u', '-b', 'other', '-F', 'qcow2', 'over');
    qemuImg('rebase', '-u', '-b', 'over', '-F', 'qcow2', 'other');
    expect(await short('over')).toEqual([
      ['over', 'qcow2'],
      ['other', 'qcow2'],
    ]);
    qemuImg('rebase', '-u', '-b', 'nbd://localhost/x', '-F', 'raw', 'over');
    expect(await short('over')).toEqual([['over', 'qcow2']]);
  });
});
