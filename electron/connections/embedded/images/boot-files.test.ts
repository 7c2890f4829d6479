import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { domainXml } from '../../../qemu/testing/plan-of.ts';
import { checkBootFiles } from './boot-files.ts';
import { checkedBackend } from '../testing/checked-backend.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tap-boot-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const bytes = (size: number, at: number, mark: string | readonly number[]): Buffer => {
  const file = Buffer.alloc(size);
  Buffer.from(mark as string).copy(file, at);
  return file;
};
const multiboot = (() => {
  const file = Buffer.alloc(4096);
  file.writeUInt32LE(0x1badb002, 64);
  file.writeUInt32LE(3, 68);
  file.writeUInt32LE((0x1_0000_0000 - 0x1badb002 - 3) >>> 0, 72);
  return file;
})();

const contents: Readonly<Record<string, Buffer>> = {
  bzImage: bytes(4096, 0x202, 'HdrS'),
  elf: bytes(4096, 0, '\x7fELF'),
  multiboot,
  efi: bytes(4096, 0, 'MZ'),
  arm64: bytes(4096, 0x38, 'ARMd'),
  gzip: gzipSync('x'),
  xz: bytes(64, 0, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]),
  zstd: bytes(64, 0, [0x28, 0xb5, 0x2f, 0xfd]),
  lz4: bytes(64, 0, [0x02, 0x21, 0x4c, 0x18]),
  cpio: bytes(512, 0, '070701'),
  ext4: bytes(4096, 1080, [0x53, 0xef]),
  qcow2: bytes(4096, 0, [0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 3]),
  text: Buffer.from('console=ttyS0\n'),
  empty: Buffer.alloc(0),
};

const problemsOf = async (kernel: string, initrd?: string) => {
  // Named so that a look at the names would say the opposite.
  const at = { kernel: join(folder, 'initrd.img'), initrd: join(folder, 'vmlinuz') };
  await writeFile(at.kernel, contents[kernel] ?? '');
  if (initrd !== undefined) await writeFile(at.initrd, contents[initrd] ?? '');
  const boot = `<kernel>${at.kernel}</kernel>${initrd === undefined ? '' : `<initrd>${at.initrd}</initrd>`}`;
  const problems = await checkedBackend().problems(domainXml('').replace('</os>', `${boot}</os>`));
  return problems.map(({ severity, path }) => `${severity} ${path}`);
};

describe('a kernel and its ramdisk', () => {
  it('are known by what they are, not by what they are called', async () => {
    for (const kernel of ['bzImage', 'elf', 'multiboot', 'efi']) expect(await problemsOf(kernel), kernel).toEqual([]);
    for (const kernel of ['arm64', 'gzip', 'cpio', 'qcow2', 'text', 'empty'])
      expect(await problemsOf(kernel), kernel).toEqual(['warning /domain/os/kernel']);
    for (const initrd of ['gzip', 'xz', 'zstd', 'lz4', 'cpio', 'ext4']) expect(await problemsOf('bzImage', initrd), initrd).toEqual([]);
    for (const initrd of ['bzImage', 'elf', 'qcow2', 'text', 'empty'])
      expect(await problemsOf('bzImage', initrd), initrd).toEqual(['warning /domain/os/initrd']);
  });

  it('are both told where they are swapped, and another kernel than Linux takes what it likes', async () => {
    expect(await problemsOf('cpio', 'bzImage')).toEqual(['warning /domain/os/kernel', 'warning /domain/os/initrd']);
    expect(await problemsOf('multiboot', 'bzImage')).toEqual([]);
  });

  it('that are not there keep the machine from starting, each at its place', async () => {
    const boot = ['kernel', 'initrd', 'dtb'].map((use) => `<${use}>${join(folder, use)}</${use}>`).join('');
    const acpi = `<acpi><table type='slic'>${join(folder, 'slic')}</table></acpi>`;
    const problems = await checkedBackend().problems(domainXml('').replace('</os>', `${boot}${acpi}</os>`));
    expect(problems).toMatchObject(
      ['kernel', 'initrd', 'dtb', 'acpi/table'].map((at) => ({ severity: 'unsupported', path: `/domain/os/${at}` })),
    );
    for (const { message } of problems) expect(message).toContain('is not there');
    const missing = { path: join(folder, 'kernel'), element: '/domain/os/kernel', use: 'kernel' } as const;
    await expect(checkBootFiles([missing])).rejects.toMatchObject({ code: 'io', data: { path: '/domain/os/kernel' } });
  });
});
