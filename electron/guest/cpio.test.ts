import { expect, test } from 'vitest';
import { writeCpio } from './cpio.ts';

/** Reads an archive back, as the kernel does. */
const readCpio = (archive: Buffer): { name: string; mode: number; data: string; device: [number, number] }[] => {
  const found: { name: string; mode: number; data: string; device: [number, number] }[] = [];
  for (let at = 0; ;) {
    expect(archive.toString('latin1', at, at + 6)).toBe('070701');
    const field = (index: number) => Number.parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    const [mode, size, nameSize] = [field(1), field(6), field(11)];
    const name = archive.toString('utf8', at + 110, at + 110 + nameSize - 1);
    expect(archive[at + 110 + nameSize - 1]).toBe(0);
    const dataAt = Math.ceil((at + 110 + nameSize) / 4) * 4;
    if (name === 'TRAILER!!!') return found;
    found.push({ name, mode, data: archive.toString('latin1', dataAt, dataAt + size), device: [field(9), field(10)] });
    at = Math.ceil((dataAt + size) / 4) * 4;
  }
};

test('writes files, links, devices and the directories they need, aligned as the kernel wants them', () => {
  const archive = writeCpio([
    { path: 'etc/a/file', kind: 'file', mode: 0o600, content: 'abc' },
    { path: 'bin/sh', kind: 'link', target: '/bin/busybox' },
    { path: 'dev/console', kind: 'device', mode: 0o600, major: 5, minor: 1 },
    { path: 'root', kind: 'directory', mode: 0o700 },
  ]);
  expect(archive.length % 512).toBe(0);
  expect(readCpio(archive)).toEqual([
    { name: 'bin', mode: 0o040755, data: '', device: [0, 0] },
    { name: 'bin/sh', mode: 0o120777, data: '/bin/busybox', device: [0, 0] },
    { name: 'dev', mode: 0o040755, data: '', device: [0, 0] },
    { name: 'dev/console', mode: 0o020600, data: '', device: [5, 1] },
    { name: 'etc', mode: 0o040755, data: '', device: [0, 0] },
    { name: 'etc/a', mode: 0o040755, data: '', device: [0, 0] },
    { name: 'etc/a/file', mode: 0o100600, data: 'abc', device: [0, 0] },
    { name: 'root', mode: 0o040700, data: '', device: [0, 0] },
  ]);
});

test('gives equal bytes for equal entries in any order, and lets the later of two win', () => {
  const a = { path: 'a', kind: 'file', content: 'one' } as const;
  const b = { path: 'b', kind: 'file', content: Buffer.from([0, 255, 10]) } as const;
  expect(writeCpio([a, b]).equals(writeCpio([b, a]))).toBe(true);
  expect(readCpio(writeCpio([{ ...a, content: 'lost' }, a]))).toMatchObject([{ data: 'one' }]);
});
