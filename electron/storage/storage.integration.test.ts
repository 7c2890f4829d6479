import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TapestryError } from '../../shared/errors.ts';
import { until } from '../consoles/testing/until.ts';
import { leftoverIdentity } from '../files/leftovers.ts';
import { createImage } from './create-image.ts';
import { HostStorage } from './host-storage.ts';

let folder = '';
const cleanups: (() => void)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tapestry-storage-'));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) cleanup();
  await rm(folder, { recursive: true, force: true });
});

const storage = (usedBy?: (image: string) => string | undefined): HostStorage =>
  new HostStorage({ imagesDirectory: path.join(folder, 'images'), ...(usedBy === undefined ? {} : { usedBy }) });
const gigabyte = 1024 ** 3;
const at = (name: string) => path.join(folder, name);

const unnoted = () => Promise.resolve();
const create = async (
  name: string,
  more: { format?: 'qcow2' | 'raw'; sizeBytes?: number; preallocation?: 'off' | 'metadata' | 'full' } = {},
): Promise<void> => {
  const request = { path: at(name), format: 'qcow2' as const, sizeBytes: gigabyte, preallocation: 'off' as const, ...more };
  await createImage(request, { signal: AbortSignal.timeout(60_000), note: unnoted });
};

test('creates an image, tells what it is, and deletes it', async () => {
  await create('new/disk.qcow2');
  expect(await storage().imageInfo(at('new/disk.qcow2'))).toMatchObject({ format: 'qcow2', virtualSize: gigabyte });
  expect(await readdir(at('new'))).toEqual(['disk.qcow2']);
  await storage().deleteImage(at('new/disk.qcow2'));
  expect(await readdir(at('new'))).toEqual([]);
  await create('raw.img', { format: 'raw', sizeBytes: 1_000_448, preallocation: 'metadata' });
  expect(await storage().imageInfo(at('raw.img'))).toMatchObject({ format: 'raw', virtualSize: 1_000_448 });
});

test('never replaces a file, not even one that a link leads nowhere from', async () => {
  await writeFile(at('mine'), 'precious');
  await symlink(at('nowhere'), at('link'));
  await expect(create('mine')).rejects.toMatchObject({ code: 'invalid', data: { path: 'path' } });
  await expect(create('link')).rejects.toMatchObject({ code: 'invalid' });
  expect(await readFile(at('mine'), 'utf8')).toBe('precious');
});

test('leaves nothing behind when it fails or is cancelled', async () => {
  await expect(create('huge', { sizeBytes: 2 ** 62 })).rejects.toMatchObject({ code: expect.stringMatching(/io|storage-full/) });
  await writeFile(at('file'), '');
  await expect(create('file/disk')).rejects.toMatchObject({ code: 'not-found' });
  const abort = new AbortController();
  const request = { path: at('long'), format: 'raw' as const, sizeBytes: 64 * 1024 * 1024, preallocation: 'full' as const };
  const measure = () => abort.abort();
  await expect(createImage(request, { signal: abort.signal, note: unnoted, measure })).rejects.toMatchObject({ code: 'cancelled' });
  expect(await readdir(folder)).toEqual(['file']);
});

test('notes its file before it is there and as the one that it is, and measures the one that grows', async () => {
  const notes: unknown[] = [];
  const looks: number[] = [];
  const request = { path: at('full.img'), format: 'raw' as const, sizeBytes: 1024 * 1024, preallocation: 'full' as const };
  let look: (() => Promise<number>) | undefined;
  await createImage(request, {
    signal: AbortSignal.timeout(60_000),
    note: async (leftover) => void notes.push({ ...leftover, there: await leftoverIdentity(leftover.path) }),
    measure: (written) => (look = written),
    complete: () => void looks.push(0),
  });
  const partial = expect.stringMatching(/\/\.full\.img\.[0-9a-f]{8}\.partial$/);
  const identity = await leftoverIdentity(at('full.img'));
  expect(notes).toEqual([
    { path: partial, kind: 'file', final: at('full.img'), there: undefined },
    { path: partial, kind: 'file', final: at('full.img'), identity, there: identity },
  ]);
  expect(looks).toEqual([0]);
  expect(await look?.()).toBe(0); // the name that it grew under is gone
});

test('makes nothing that can’t be noted', async () => {
  const full = new TapestryError('storage-full', 'There is no space left.');
  const request = { path: at('a.img'), format: 'raw' as const, sizeBytes: 1024 * 1024, preallocation: 'off' as const };
  const refused = createImage(request, { signal: AbortSignal.timeout(60_000), note: () => Promise.reject(full) });
  await expect(refused).rejects.toBe(full);
  expect(await readdir(folder)).toEqual([]);
});

test('tells a missing image from one that is none, and one that is in use from both', async () => {
  await expect(storage().imageInfo(at('gone'))).rejects.toMatchObject({ code: 'disk-missing' });
  await expect(storage().imageInfo(folder)).rejects.toMatchObject({ code: 'disk-unreadable' });
  await create('busy.qcow2');
  const holder = spawn('qemu-system-x86_64', [
    '-machine',
    'none',
    '-nodefaults',
    '-display',
    'none',
    '-S',
    '-monitor',
    'stdio',
    '-blockdev',
    `qcow2,node-name=d,file.driver=file,file.filename=${at('busy.qcow2')}`,
  ]);
  cleanups.push(() => holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  await until('it is locked', async () => (await storage().imageInfo(at('busy.qcow2'))).inUseBy === 'another process');
  await expect(storage().deleteImage(at('busy.qcow2'))).rejects.toMatchObject({ code: 'disk-locked' });
  expect(await storage(() => 'web1').imageInfo(at('busy.qcow2'))).toMatchObject({ inUseBy: 'the machine web1' });
  await expect(storage(() => 'web1').deleteImage(at('busy.qcow2'))).rejects.toMatchObject({ code: 'disk-in-use' });
});

test('deletes files only, and says what is missing', async () => {
  await expect(storage().deleteImage(folder)).rejects.toMatchObject({ code: 'invalid' });
  await expect(storage().deleteImage(at('gone'))).rejects.toMatchObject({ code: 'disk-missing' });
});

test('lists folders first, by suffix, without what is hidden or leads nowhere', async () => {
  await mkdir(at('isos'));
  for (const name of ['b10.iso', 'b9.ISO', '.hidden.iso', 'notes.txt']) await writeFile(at(name), 'x');
  await symlink(at('nowhere'), at('dead.iso'));
  const listing = await storage().browse({ path: folder, suffixes: ['.iso'] });
  expect(listing.entries.map(({ name, kind, size }) => [name, kind, kind === 'file' ? size : 0])).toEqual([
    ['isos', 'directory', 0],
    ['b9.ISO', 'file', 1],
    ['b10.iso', 'file', 1],
  ]);
  expect(listing).toMatchObject({ path: folder, parent: path.dirname(folder) });
  expect((await storage().browse({ path: '/' })).parent).toBeNull();
  await expect(storage().browse({ path: at('gone') })).rejects.toMatchObject({ code: 'not-found' });
  await expect(storage().browse({ path: 'relative' })).rejects.toMatchObject({ code: 'invalid' });
});

test('begins in the downloads, else at home, and knows the places where people look', async () => {
  const home = at('home');
  await mkdir(at('home/.config'), { recursive: true });
  const browseAt = (input: { path?: string; hidden?: boolean } = {}) =>
    new HostStorage({ imagesDirectory: at('no-images'), home, config: at('home/.config') }).browse(input);
  expect(await browseAt()).toMatchObject({ path: home, places: [{ kind: 'home', path: home }] });
  await mkdir(at('home/Downloads'));
  expect((await browseAt()).path).toBe(at('home/Downloads'));
  await mkdir(at('home/Geladen'));
  await writeFile(at('home/.config/user-dirs.dirs'), '# by hand\nXDG_DESKTOP_DIR="$HOME/"\nXDG_DOWNLOAD_DIR="$HOME/Geladen"\n');
  expect((await browseAt()).path).toBe(at('home/Geladen'));
  expect((await browseAt({ path: '~' })).path).toBe(home);
  await writeFile(at('home/Geladen/a.iso'), 'x');
  expect(await browseAt({ path: '~/Geladen/a.iso' })).toMatchObject({ path: at('home/Geladen'), file: at('home/Geladen/a.iso') });
  const names = async (hidden: boolean) => (await browseAt({ path: '~', hidden })).entries.map(({ name }) => name);
  expect(await names(false)).not.toContain('.config');
  expect(await names(true)).toContain('.config');
});

test('says where new images go and how much room there is', async () => {
  const defaults = await storage().defaults();
  expect(defaults.directory).toBe(at('images'));
  expect(defaults.freeBytes).toBeGreaterThan(0);
});
