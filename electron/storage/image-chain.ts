import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { errnoOf } from '../files/if-there.ts';
import { readAt, readContent, type ImageContent } from './image-content.ts';

/** A file that an image needs. */
export interface ChainLink {
  /** Absolute. */
  readonly path: string;
  /** What it is to the image above it. */
  readonly role: 'image' | 'backing file' | 'data file' | 'extent';
  /** The image that names it; undefined for the first. */
  readonly above?: string;
  /** What it is by its content; undefined where it can't be read, or is neither file nor device. */
  readonly content?: ImageContent;
  /** The format that the image above says it has; absent where it says none. */
  readonly saidFormat?: string;
  /** Why it can't be read: the system's code (`ENOENT`, `EACCES`, …). */
  readonly trouble?: string;
}

/** An image stands on at most so many files, as in libvirt (virStorageSourceGetMetadataRecurse): more is a fault, or an attack. */
const longestChain = 200;

/** The longest name of a backing file (QEMU: block/qcow2.c, 1023) and of one in JSON, bytes. */
const longestName = 4096;

/** The part of a VMDK's text that names files, bytes. */
const longestDescriptor = 64 * 1024;

interface Reference {
  readonly name: string;
  readonly role: 'backing file' | 'data file' | 'extent';
  readonly format?: string | undefined;
}

/**
 * The files that an image needs, itself first, down its backing chain, read from the headers (as `qemu-img info --backing-chain` does), also of
 * images in use. What isn't a file (nbd:, https:, …) is left out. A loop ends where it closes.
 *
 * @param asRaw the image is opened as raw: its header is no header, and it stands on nothing
 */
export async function chainOf(image: string, asRaw = false): Promise<readonly ChainLink[]> {
  const links: ChainLink[] = [];
  const seen = new Set<string>();
  const queue: Omit<ChainLink, 'content' | 'trouble'>[] = [{ path: image, role: 'image' }];
  for (let next = queue.shift(); next !== undefined && links.length < longestChain; next = queue.shift()) {
    if (seen.has(next.path)) continue;
    seen.add(next.path);
    try {
      const found = await readContent(next.path, async (content, file, head) => ({
        content,
        references: (next.role === 'image' ? asRaw : next.saidFormat === 'raw') ? [] : await referencesOf(content, file, head),
      }));
      links.push({ ...next, ...(found === undefined ? {} : { content: found.content }) });
      for (const { name, role, format } of found?.references ?? []) {
        const file = fileOf(name, path.dirname(next.path));
        if (file !== undefined) queue.push({ path: file, role, above: next.path, ...(format === undefined ? {} : { saidFormat: format }) });
      }
    } catch (error) {
      const code = errnoOf(error);
      if (code === undefined) throw error;
      links.push({ ...next, trouble: code });
    }
  }
  return links;
}

const referencesOf = async ({ format }: ImageContent, file: FileHandle, head: Uint8Array): Promise<readonly Reference[]> => {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (format === 'qcow2') return qcow2References(view, file);
  if (format === 'qcow' && head.length >= 20) {
    const name = await nameAt(file, Number(view.getBigUint64(8)), view.getUint32(16));
    return name === undefined ? [] : [{ name, role: 'backing file' }];
  }
  if (format === 'qed' && head.length >= 64) {
    // block/qed.h: features bit 0, "has a backing file"; bit 2: it is raw.
    const features = view.getBigUint64(16, true);
    if ((features & 1n) === 0n) return [];
    const name = await nameAt(file, view.getUint32(56, true), view.getUint32(60, true));
    return name === undefined ? [] : [{ name, role: 'backing file', format: (features & 4n) === 0n ? undefined : 'raw' }];
  }
  if (format === 'vmdk') return vmdkReferences(view, file);
  return [];
};

/** docs/interop/qcow2.txt: the name of the backing file, its format and the data file's name in header extensions. */
const qcow2References = async (view: DataView, file: FileHandle): Promise<readonly Reference[]> => {
  if (view.byteLength < 72) return [];
  const version = view.getUint32(4);
  const references: { name: string; role: Reference['role']; format?: string | undefined }[] = [];
  const backing = await nameAt(file, Number(view.getBigUint64(8)), view.getUint32(16));
  let format: string | undefined;
  let at = version === 2 ? 72 : view.byteLength < 104 ? view.byteLength : view.getUint32(100);
  while (at + 8 <= view.byteLength) {
    const type = view.getUint32(at);
    const length = view.getUint32(at + 4);
    if (type === 0 || at + 8 + length > view.byteLength) break;
    const text = Buffer.from(view.buffer, view.byteOffset + at + 8, length).toString('utf8');
    if (type === 0xe2792aca) format = text;
    if (type === 0x44415441) references.push({ name: text, role: 'data file', format: 'raw' });
    at += 8 + Math.ceil(length / 8) * 8;
  }
  if (backing !== undefined) references.push({ name: backing, role: 'backing file', format });
  return references;
};

/** The text of a VMDK: a file of its own, or inside a sparse one (block/vmdk.c, VMDK4Header: desc_offset and desc_size in sectors). */
const vmdkReferences = async (view: DataView, file: FileHandle): Promise<readonly Reference[]> => {
  const sparse = view.byteLength >= 44 && view.getUint32(0) === 0x4b444d56;
  const at = sparse ? Number(view.getBigUint64(28, true)) * 512 : 0;
  const length = sparse ? Number(view.getBigUint64(36, true)) * 512 : longestDescriptor;
  if (sparse && (at === 0 || length === 0)) return [];
  const text = Buffer.from(await readAt(file, at, Math.min(length, longestDescriptor))).toString('utf8');
  const parent = /^parentFileNameHint="([^"\n]+)"/m.exec(text)?.[1];
  const extents = sparse ? [] : [...text.matchAll(/^(?:RW|RDONLY)\s+\d+\s+\w+\s+"([^"\n]+)"/gm)];
  return [
    ...extents.map((match) => ({ name: match[1] ?? '', role: 'extent' as const })),
    ...(parent === undefined ? [] : [{ name: parent, role: 'backing file' as const, format: 'vmdk' }]),
  ];
};

const nameAt = async (file: FileHandle, position: number, length: number): Promise<string | undefined> => {
  if (position === 0 || length === 0 || length > longestName || !Number.isSafeInteger(position)) return undefined;
  return Buffer.from(await readAt(file, position, length)).toString('utf8');
};

const json = z.record(z.string(), z.unknown());

/** The file that a name in a header means: a path, relative to the image's folder; `file:…`; QEMU's `json:{…}`. */
const fileOf = (name: string, folder: string): string | undefined => {
  if (name.startsWith('json:')) return fileOfJson(name.slice('json:'.length), folder);
  const plain = name.startsWith('file://') ? name.slice('file://'.length) : name.startsWith('file:') ? name.slice('file:'.length) : name;
  // QEMU takes what has a colon before its first slash for a protocol (block.c, path_has_protocol).
  if (plain === name && /^[^/]*:/.test(name)) return undefined;
  return path.resolve(folder, plain);
};

const fileOfJson = (text: string, folder: string): string | undefined => {
  try {
    for (let options = json.safeParse(JSON.parse(text)); options.success; options = json.safeParse(options.data['file'])) {
      for (const key of ['filename', 'file.filename', 'file.file.filename']) {
        const value = options.data[key];
        if (typeof value === 'string') return fileOf(value, folder);
      }
    }
    return undefined;
  } catch {
    return undefined; // no JSON: QEMU refuses it at the start
  }
};
