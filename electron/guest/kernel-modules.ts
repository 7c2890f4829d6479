import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import { TapestryError } from '../../shared/errors.ts';
import { errnoOf } from '../files/if-there.ts';

/** A module as the guest gets it: uncompressed. */
export interface KernelModule {
  readonly name: string;
  readonly content: Buffer;
}

/** Strings of an ELF module's `.modinfo` section, by key. @throws Error when the file isn't a 64-bit little-endian ELF with that section */
export function readModinfo(elf: Buffer): Map<string, string[]> {
  if (elf.length < 64 || elf.readUInt32BE(0) !== 0x7f45_4c46 || elf[4] !== 2 || elf[5] !== 1)
    throw new Error('not a 64-bit little-endian ELF file');
  const tableAt = Number(elf.readBigUInt64LE(0x28));
  const entrySize = elf.readUInt16LE(0x3a);
  const count = elf.readUInt16LE(0x3c);
  const namesIndex = elf.readUInt16LE(0x3e);
  const section = (index: number) => {
    const at = tableAt + index * entrySize;
    return { name: elf.readUInt32LE(at), offset: Number(elf.readBigUInt64LE(at + 0x18)), size: Number(elf.readBigUInt64LE(at + 0x20)) };
  };
  const names = section(namesIndex);
  for (let index = 0; index < count; index += 1) {
    const found = section(index);
    const nameAt = names.offset + found.name;
    if (elf.toString('latin1', nameAt, elf.indexOf(0, nameAt)) !== '.modinfo') continue;
    const info = new Map<string, string[]>();
    for (const pair of elf.toString('latin1', found.offset, found.offset + found.size).split('\0')) {
      const equals = pair.indexOf('=');
      if (equals === -1) continue;
      const key = pair.slice(0, equals);
      info.set(key, [...(info.get(key) ?? []), pair.slice(equals + 1)]);
    }
    return info;
  }
  throw new Error('no .modinfo section');
}

const canonical = (name: string): string => name.replaceAll('-', '_');

const readModule = async (file: string): Promise<Buffer> => {
  if (file.endsWith('.ko')) return await readFile(file);
  if (file.endsWith('.zst')) return await promisify(zstdDecompress)(await readFile(file));
  try {
    const { stdout } = await promisify(execFile)('xz', ['-dc', file], { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } catch (cause) {
    const absent = errnoOf(cause) === 'ENOENT';
    throw new TapestryError('host-missing', 'The demo machine can’t be built: a module of its kernel can’t be unpacked.', {
      ...(absent ? { next: 'Install xz (Debian, Ubuntu: the package xz-utils).' } : {}),
      detail: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
};

/**
 * The wanted modules and what they need, in the order in which they can be loaded. A module that the kernel doesn't have
 * is taken for built in.
 *
 * @param folder the kernel's `lib/modules/RELEASE`
 * @throws the file system's error; Error for a file that isn't a module
 */
export async function collectModules(folder: string, wanted: readonly string[]): Promise<KernelModule[]> {
  const files = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true })) {
    const match = /^(.+)\.ko(?:\.zst|\.xz)?$/.exec(path.basename(entry));
    if (match?.[1] !== undefined) files.set(canonical(match[1]), path.join(folder, entry));
  }
  const order: KernelModule[] = [];
  const seen = new Set<string>();
  const add = async (given: string): Promise<void> => {
    const name = canonical(given);
    const file = files.get(name);
    if (file === undefined || seen.has(name)) return;
    seen.add(name);
    const content = await readModule(file);
    const info = readModinfo(content);
    const needed = (info.get('depends') ?? []).flatMap((names) => names.split(',')).filter((each) => each !== '');
    // "pre: crc32c": must be there before, though no symbol of it is used.
    const before = (info.get('softdep') ?? [])
      .flatMap((text) => (/pre:\s*([^:]*?)(?:\s*post:|$)/.exec(text)?.[1] ?? '').split(/\s+/))
      .filter((each) => each !== '');
    for (const each of [...needed, ...before]) await add(each);
    order.push({ name, content });
  };
  for (const name of wanted) await add(name);
  return order;
}
