import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, open, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlannedImage } from '../../../qemu/plan/launch-plan.types.ts';
import { checkImages, imageWarnings } from './image-use.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tap-images-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
const qemuImg = (...args: readonly string[]) => {
  expect(spawnSync('qemu-img', args, { cwd: folder, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
};
const create = (name: string, format: string) => qemuImg('create', '-q', '-f', format, name, '4M');
const over = (base: string, name: string, format = 'qcow2') => qemuImg('create', '-q', '-f', 'qcow2', '-b', at(base), '-F', format, name);
const element = '/domain/devices/disk[2]';
const image = (name: string, format: string, more: Partial<PlannedImage> = {}): PlannedImage => ({
  path: at(name),
  format,
  readOnly: false,
  shareable: false,
  element,
  target: 'vda',
  ...more,
});
const check = (...images: readonly PlannedImage[]) => checkImages(images, []);

describe('the format of an image', () => {
  it('is refused as raw where the file has a header, with the format to set', async () => {
    for (const format of ['qcow2', 'qed', 'vmdk', 'vdi', 'vhdx', 'vpc']) {
      create('a.img', format);
      for (const more of [{}, { formatless: true }]) {
        await expect(check(image('a.img', 'raw', more))).rejects.toMatchObject({
          code: 'xml-unsupported',
          data: { path: `${element}/driver/@type`, fixes: [{ kind: 'set-format', value: format, path: `${element}/driver/@type` }] },
        });
      }
      await check(image('a.img', format));
      // A part of the file, by the user's word; and what isn't written to, which is warned of.
      await check(image('a.img', 'raw', { sliced: true }));
      await check(image('a.img', 'raw', { readOnly: true }));
      expect(await imageWarnings([image('a.img', 'raw', { readOnly: true })])).toMatchObject([
        { severity: 'warning', path: `${element}/driver/@type` },
      ]);
      await rm(at('a.img'));
    }
  });

  it('of a backing file that isn’t recorded is warned of, with the command that records it', async () => {
    create('base', 'qcow2');
    over('base', 'named');
    over('named', 'top');
    expect(await imageWarnings([image('top', 'qcow2')])).toEqual([]);
    qemuImg('rebase', '-u', '-b', '', 'named'); // then by the header, as older qemu-img made them
    const header = await open(at('named'), 'r+');
    try {
      await header.write(Buffer.from('base'), 0, 4, 4000);
      const place = Buffer.alloc(12);
      place.writeBigUInt64BE(4000n);
      place.writeUInt32BE(4, 8);
      await header.write(place, 0, 12, 8);
    } finally {
      await header.close();
    }
    const warnings = await imageWarnings([image('top', 'qcow2')]);
    expect(warnings).toMatchObject([{ severity: 'warning', path: element, message: expect.stringContaining(at('base')) as string }]);
    // The chain by the XML is another one.
    expect(await imageWarnings([image('top', 'qcow2', { below: [] })])).toEqual([]);
    // What is recommended mends it.
    const [, command = ''] = /: (qemu-img .+)$/.exec(warnings[0]?.next ?? '') ?? [];
    expect(spawnSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    expect(await imageWarnings([image('top', 'qcow2')])).toEqual([]);
    await check(image('top', 'qcow2'));
  });

  it('is refused where the file has another one, or none', async () => {
    create('raw', 'raw');
    create('vdi', 'vdi');
    await writeFile(at('gz'), gzipSync('x'));
    await writeFile(at('empty'), '');
    for (const [name, format, fixed] of [
      ['raw', 'qcow2', 'raw'],
      ['raw', 'vmdk', 'raw'],
      ['vdi', 'qcow2', 'vdi'],
      ['gz', 'qcow2', undefined],
      ['empty', 'qcow2', undefined],
    ] as const) {
      const error = await check(image(name, format)).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'xml-unsupported', data: { path: `${element}/driver/@type` } });
      const { fixes } = (error as { data: { fixes: { kind: string; value?: string }[] } }).data;
      expect(fixes.find(({ kind }) => kind === 'set-format')?.value).toBe(fixed);
    }
    // What a raw disk may be all the same is said, and stops nothing.
    await check(image('gz', 'raw'), image('empty', 'raw'), image('raw', 'raw'));
    expect((await imageWarnings([image('gz', 'raw'), image('empty', 'raw'), image('raw', 'raw')])).map(({ message }) => message)).toEqual([
      expect.stringContaining('compressed (gzip)'),
      expect.stringContaining('empty'),
    ]);
  });

  it('isn’t asked of a fixed VHD, whose header is at its end', async () => {
    qemuImg('create', '-q', '-f', 'vpc', '-o', 'subformat=fixed', 'a.vhd', '4M');
    await check(image('a.vhd', 'vpc'));
  });
});

describe('what an image stands on', () => {
  it('is named with the disk where it is missing, also two levels down, and where a link leads nowhere', async () => {
    await mkdir(at('tpl'));
    create('tpl/base', 'qcow2');
    over('tpl/base', 'mid');
    over('mid', 'top');
    await check(image('top', 'qcow2'));
    await rename(at('tpl'), at('gone'));
    await expect(check(image('top', 'qcow2'))).rejects.toMatchObject({
      code: 'disk-missing',
      message: `The image of vda (${at('top')}) stands on ${at('tpl/base')}, which is missing.`,
      data: { path: element, fixes: [{ kind: 'choose-image', path: element }] },
    });
    await mkdir(at('tpl'));
    await symlink('nowhere', at('tpl/base'));
    await expect(check(image('top', 'qcow2'))).rejects.toMatchObject({ code: 'disk-missing' });
    // The XML's own chain is the one that counts.
    await check(image('mid', 'qcow2', { below: [] }));
    await check(image('mid', 'qcow2', { below: [{ path: at('gone/base'), element: `${element}/backingStore` }] }));
  });

  it('is refused where it isn’t what the image says', async () => {
    create('base', 'qcow2');
    over('base', 'top');
    await rm(at('base'));
    create('base', 'raw');
    await expect(check(image('top', 'qcow2'))).rejects.toMatchObject({ code: 'disk-unreadable', data: { path: element } });
  });

  it('isn’t written to by two machines: neither below a running one nor above it', async () => {
    create('base', 'qcow2');
    over('base', 'top');
    over('base', 'other');
    const held = (...images: readonly PlannedImage[]) => [{ machine: 'web', images }];
    await checkImages([image('other', 'qcow2')], held(image('top', 'qcow2')));
    await symlink('base', at('alias'));
    for (const name of ['base', 'alias']) {
      await expect(checkImages([image(name, 'qcow2')], held(image('top', 'qcow2')))).rejects.toMatchObject({ code: 'disk-in-use' });
      await expect(checkImages([image('top', 'qcow2')], held(image(name, 'qcow2')))).rejects.toMatchObject({ code: 'disk-in-use' });
      await checkImages([image(name, 'qcow2', { readOnly: true })], held(image('top', 'qcow2')));
    }
  });
});

it('offers another image for one that is gone, and to eject it from a drive that can be empty', async () => {
  const fixes = (more: Partial<PlannedImage>) =>
    check(image('none.iso', 'raw', more)).catch((error: { data: { fixes: { kind: string }[] } }) =>
      error.data.fixes.map(({ kind }) => kind),
    );
  expect(await fixes({})).toEqual(['choose-image']);
  expect(await fixes({ removable: true })).toEqual(['choose-image', 'eject']);
});
