/** One entry of an initramfs. Paths are relative to the root, without a leading slash. */
export type CpioEntry =
  | { readonly path: string; readonly kind: 'directory'; readonly mode?: number }
  | { readonly path: string; readonly kind: 'file'; readonly mode?: number; readonly content: Uint8Array | string }
  | { readonly path: string; readonly kind: 'link'; readonly target: string }
  /** A character device. */
  | { readonly path: string; readonly kind: 'device'; readonly mode?: number; readonly major: number; readonly minor: number };

const typeBits = { directory: 0o040000, file: 0o100000, link: 0o120000, device: 0o020000 } as const;

const permissions = (entry: CpioEntry): number => {
  if (entry.kind === 'link') return 0o777;
  return entry.mode ?? (entry.kind === 'directory' ? 0o755 : 0o644);
};

const dataOf = (entry: CpioEntry): Uint8Array => {
  if (entry.kind === 'file') return typeof entry.content === 'string' ? Buffer.from(entry.content) : entry.content;
  return Buffer.from(entry.kind === 'link' ? entry.target : '');
};

/** Zeros up to the next multiple of `unit` bytes. */
const padding = (length: number, unit: number): Uint8Array => Buffer.alloc((unit - (length % unit)) % unit);

/** Header and name, padded to 4 bytes: "070701" and thirteen numbers of eight hexadecimal digits. */
const header = (
  inode: number,
  mode: number,
  links: number,
  size: number,
  [major, minor]: readonly [number, number],
  name: string,
): Uint8Array[] => {
  const fields = [inode, mode, 0, 0, links, 0, size, 0, 0, major, minor, Buffer.byteLength(name) + 1, 0];
  const text = Buffer.from(`070701${fields.map((field) => field.toString(16).toUpperCase().padStart(8, '0')).join('')}${name}\0`);
  return [text, padding(text.length, 4)];
};

/**
 * Writes an archive as the kernel unpacks it (Documentation/driver-api/early-userspace/buffer-format.rst, "newc"). Owners
 * are root and times 0, so that equal entries give equal bytes. Directories that entries need are added.
 */
export function writeCpio(entries: readonly CpioEntry[]): Buffer {
  const all = new Map<string, CpioEntry>();
  for (const entry of entries) {
    const parts = entry.path.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) {
      const path = parts.slice(0, depth).join('/');
      if (!all.has(path)) all.set(path, { path, kind: 'directory' });
    }
    all.set(entry.path, entry);
  }
  const pieces: Uint8Array[] = [];
  let inode = 1;
  for (const entry of [...all.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const data = dataOf(entry);
    const device = entry.kind === 'device' ? ([entry.major, entry.minor] as const) : ([0, 0] as const);
    pieces.push(
      ...header(inode, typeBits[entry.kind] | permissions(entry), entry.kind === 'directory' ? 2 : 1, data.length, device, entry.path),
    );
    pieces.push(data, padding(data.length, 4));
    inode += 1;
  }
  pieces.push(...header(0, 0, 1, 0, [0, 0], 'TRAILER!!!'));
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return Buffer.concat([...pieces, padding(length, 512)]);
}
