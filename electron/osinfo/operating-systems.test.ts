import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatingSystems } from './operating-systems.ts';
import { readDatabase } from './read-database.ts';
import { ownMedia, unknownMedia } from './testing/known-media.ts';
import { isoBytes, writeIso, type MadeIso } from './testing/media.ts';

let root: string;
const logged: unknown[] = [];

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'os-'));
  logged.length = 0;
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
  expect(logged).toEqual([]);
});

const fixture = path.join(import.meta.dirname, 'testing/database');
const open = (...folders: string[]) =>
  new OperatingSystems({ folders, file: path.join(root, 'c.json'), read: readDatabase, log: (error) => logged.push(error) });
const at = (name: string) => path.join(root, name);
const shortIds = async (made: MadeIso, systems: OperatingSystems) =>
  (await systems.identify(await writeIso(at(`${JSON.stringify(made).replaceAll('/', '_').slice(0, 200)}.img`), made))).systems.map(
    ({ shortId }) => shortId,
  );
const file = async (name: string, content: Uint8Array | string) => {
  await writeFile(at(name), content);
  return at(name);
};

describe('media', () => {
  it.each(ownMedia)('%o', async (made, expected) => {
    expect(await shortIds(made, open())).toEqual(expected);
  });

  it.each<[MadeIso, string[]]>([
    [{ volume: 'Debian 11.6.0 amd64 n' }, ['debian11']],
    [{ volume: 'Ubuntu 22.04.3 LTS amd64' }, ['ubuntu22.04']],
    [{ volume: 'Ubuntu-Server 22.04 LTS amd64' }, ['ubuntu22.04']],
    [{ volume: 'Fedora-WS-Live-37-1-7' }, ['fedora37']],
    [{ volume: 'Fedora-S-dvd-x86_64-37', system: 'LINUX' }, ['fedora37']],
    [{ volume: 'HRM_CENA_X64FREV_DE-DE_DV5', publisher: 'MICROSOFT CORPORATION' }, ['win8']],
    // All patterns of an entry must be there.
    [{ volume: 'Fedora-S-dvd-x86_64-37' }, []],
    [{ volume: 'HRM_CENA_X64FREV_DE-DE_DV5' }, []],
  ])('of osinfo-db: %o', async (made, expected) => {
    expect(await shortIds(made, open(fixture))).toEqual(expected);
    expect(await shortIds(made, open())).toEqual([]);
  });

  it.each(unknownMedia)('that nobody knows: %o', async (made) => {
    expect(await shortIds(made, open(fixture))).toEqual([]);
  });

  it('say whose list knows them, and by what', async () => {
    const systems = open(fixture);
    const own = await systems.identify(await writeIso(at('a'), { volume: 'Debian 12.5.0 amd64 n', boots: ['bios', 'uefi'], hybrid: true }));
    expect(own).toMatchObject({
      kind: 'iso',
      format: 'raw',
      partitions: 'mbr',
      iso: { volumeId: 'Debian 12.5.0 amd64 n', boots: ['bios', 'uefi'], hybrid: true, complete: true },
      systems: [{ id: 'http://debian.org/debian/12', name: 'Debian 12', source: 'own list', by: ['volume-id'], arch: 'x86_64' }],
      database: 'there',
    });
    const other = await systems.identify(await writeIso(at('b'), { volume: 'Fedora-S-dvd-x86_64-37', system: 'LINUX', blocks: 9999 }));
    expect(other.systems).toMatchObject([{ source: 'osinfo-db', by: ['volume-id', 'system-id'] }]);
    expect(other.iso).toMatchObject({ complete: false, boots: [], hybrid: false });
  });

  it('are what most of an entry speaks for', async () => {
    const systems = open(fixture);
    const found = async (blocks: number) => (await systems.identify(await writeIso(at(`b${blocks}`), { volume: 'BASE', blocks }))).systems;
    expect(await found(24)).toMatchObject([{ by: ['volume-id', 'volume-size'] }]);
    expect(await found(23)).toMatchObject([{ by: ['volume-id'] }]);
  });

  it('are looked at again when they have changed', async () => {
    const systems = open();
    const medium = at('x.iso');
    await writeIso(medium, { volume: 'Debian 12.5.0 amd64 n' });
    expect((await systems.identify(medium)).systems.map(({ shortId }) => shortId)).toEqual(['debian12']);
    await rm(medium);
    await writeIso(medium, { volume: 'Debian 13.2.0 amd64 n' });
    expect((await systems.identify(medium)).systems.map(({ shortId }) => shortId)).toEqual(['debian13']);
  });
});

describe('installation trees', () => {
  const tree = async (name: string, general: string, file = '.treeinfo') => {
    await mkdir(at(name));
    await writeFile(path.join(at(name), file), `[header]\nfamily = Wrong\n[general]\n${general}\n`);
    return at(name);
  };
  it.each([
    ['family = Fedora\nversion = 40\narch = x86_64\nvariant = Server', 'fedora40'],
    ['family=Rocky Linux\nversion=9.4\narch=x86_64', 'rocky9'],
    ['family = AlmaLinux\nversion = 10.0\narch = x86_64', 'almalinux10'],
    ['family = CentOS Stream\nversion = 10\narch = aarch64', 'centos-stream10'],
    ['family = Red Hat Enterprise Linux\nversion = 9.4\narch = x86_64', 'rhel9.4'],
    ['family = Fedora\nversion = 37\narch = x86_64', 'fedora37'],
  ])('%s', async (general, expected) => {
    const found = await open(fixture).identify(await tree('t', general));
    expect(found).toMatchObject({ kind: 'install-tree', systems: [{ shortId: expected, by: ['treeinfo'] }], size: null });
  });
  it('are trees also where nobody knows the system, and by both names of the file', async () => {
    expect(await open().identify(await tree('t', 'family = Other\nversion = 1', 'treeinfo'))).toMatchObject({
      kind: 'install-tree',
      systems: [],
    });
  });
  it('aren’t waited for where something else has the file’s name', async () => {
    await mkdir(at('t/treeinfo'), { recursive: true });
    execFileSync('mkfifo', [at('t/.treeinfo')]);
    expect((await open().identify(at('t'))).kind).toBe('folder');
  });
  it.each(['', 'version = 40', 'family ='])('aren’t where .treeinfo says nothing: %s', async (general) => {
    expect((await open().identify(await tree('t', general))).kind).toBe('folder');
  });
});

describe('what no medium is', () => {
  it.each<[string, Uint8Array | string]>([
    ['zeros', Buffer.alloc(100 * 1024)],
    ['an ISO that ends in its header', isoBytes({ volume: 'Debian 12.5.0 amd64 n' }).subarray(0, 16 * 2048 + 100)],
    ['an ISO that ends before its header', isoBytes({ volume: 'Debian 12.5.0 amd64 n' }).subarray(0, 16 * 2048)],
    ['text', 'Debian 12.5.0 amd64 n\n'],
  ])('%s', async (_what, content) => {
    expect(await open().identify(await file('x.iso', content))).toMatchObject({
      kind: 'unknown',
      iso: null,
      systems: [],
      partitions: null,
    });
  });

  it('an empty file, an image called .iso, and an ISO called .qcow2', async () => {
    const systems = open();
    expect((await systems.identify(await file('empty.iso', ''))).kind).toBe('empty');
    const qcow2 = Buffer.alloc(1024);
    qcow2.set([0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 3]);
    expect(await systems.identify(await file('a.iso', qcow2))).toMatchObject({ kind: 'disk', format: 'qcow2' });
    expect((await systems.identify(await writeIso(at('a.qcow2'), { volume: 'Debian 12.5.0 amd64 n' }))).kind).toBe('iso');
  });

  it('what isn’t there, has a relative path, or is no file, is an error that says so', async () => {
    const systems = open();
    await expect(systems.identify(at('nothing'))).rejects.toMatchObject({ code: 'not-found' });
    await expect(systems.identify('a.iso')).rejects.toMatchObject({ code: 'invalid', data: { path: 'path' } });
    await expect(systems.identify('/dev/null')).rejects.toMatchObject({ code: 'invalid' });
    await symlink(at('nothing'), at('link'));
    await expect(systems.identify(at('link'))).rejects.toMatchObject({ code: 'not-found' });
  });

  it('a file of 4 TiB with holes takes no longer than its beginning', async () => {
    await writeIso(at('large'), { volume: 'Debian 12.5.0 amd64 n' });
    await truncate(at('large'), 4 * 1024 ** 4);
    expect((await open().identify(at('large'))).systems).toHaveLength(1);
  });

  it('an ISO whose boot catalogue claims to be anywhere', async () => {
    const bytes = isoBytes({ volume: 'x', boots: ['bios'] });
    bytes.writeUInt32LE(0xffff_ffff, 17 * 2048 + 0x47);
    expect(await open().identify(await file('x', bytes))).toMatchObject({ kind: 'iso', iso: { boots: [] } });
  });
});

describe('the list and the facts', () => {
  it('say which package is missing where there is no database, and have our own all the same', async () => {
    const { systems, database } = await open(at('nothing')).list('x86_64');
    expect(database).toEqual({ state: 'missing', package: 'osinfo-db', faults: [] });
    expect(systems.find(({ shortIds }) => shortIds[0] === 'debian12')).toMatchObject({
      id: 'http://debian.org/debian/12',
      source: 'own list',
      hasImages: true,
      family: 'linux',
    });
    await expect(open(at('nothing')).facts('debian11', 'x86_64')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('are the database’s where it knows more', async () => {
    const systems = open(fixture);
    expect(await systems.facts('debianbullseye', 'x86_64')).toMatchObject({
      id: 'http://debian.org/debian/11',
      source: 'osinfo-db',
      minimum: { cpus: 1, memory: 1024 ** 3, disk: 10 * 1024 ** 3 },
      diskBus: 'virtio',
      nicModel: 'virtio',
      sound: 'ich9',
      agentChannel: true,
      uefi: true,
      bios: null,
      images: [{ url: 'https://images.example.org/debian-11.qcow2', cloudInit: true, format: 'qcow2', variants: ['generic'] }],
      scripts: ['http://debian.org/debian/preseed/jeos'],
      media: [{ kernel: 'install.amd/vmlinuz', initrd: 'install.amd/initrd.gz' }],
    });
  });

  it('inherit devices and firmware always, amounts only where the database says so', async () => {
    const systems = open(fixture);
    const ubuntu = await systems.facts('http://ubuntu.com/ubuntu/22.04', 'x86_64');
    expect(ubuntu).toMatchObject({ diskBus: 'virtio', uefi: true, minimum: {} });
    expect(await systems.facts('fedora37', 'x86_64')).toMatchObject({
      minimum: { cpus: 1, memory: 512 * 1024 ** 2, disk: 5 * 1024 ** 3 },
      recommended: { memory: 4 * 1024 ** 3 },
    });
  });

  it('of Windows: no virtio of its own, local time, Hyper-V, and what Windows 11 demands', async () => {
    const systems = open(fixture);
    expect(await systems.facts('win8', 'x86_64')).toMatchObject({
      diskBus: 'ide',
      nicModel: 'e1000',
      sound: 'ich6',
      video: 'vga',
      agentChannel: false,
      tablet: true,
      clock: 'localtime',
      hyperv: true,
    });
    expect(await systems.facts('win11', 'x86_64')).toMatchObject({
      tpm: '2.0',
      secureBoot: 'needed',
      bios: false,
      uefi: true,
      diskBus: 'sata',
      nicModel: 'e1000e',
      minimum: { memory: 4 * 1024 ** 3, disk: 64 * 1024 ** 3 },
      clock: 'localtime',
    });
  });

  it('tell what is wrong with a file of the database', async () => {
    await mkdir(at('db/os'), { recursive: true });
    await writeFile(at('db/os/bad.xml'), '<libosinfo>');
    const { database } = await open(at('db')).list('x86_64');
    expect(database).toMatchObject({ state: 'there', faults: [{ file: at('db/os/bad.xml') }] });
  });

  it('stand systems that derive from each other', async () => {
    await mkdir(at('db/os'), { recursive: true });
    const of = (id: string, other: string) =>
      `<os id="${id}"><short-id>${id}</short-id><derives-from id="${other}"/><resources arch="all" inherit="true"/></os>`;
    await writeFile(at('db/os/x.xml'), `<libosinfo>${of('a', 'b')}${of('b', 'a')}${of('c', 'nobody')}</libosinfo>`);
    const systems = open(at('db'));
    for (const id of ['a', 'b', 'c']) expect(await systems.facts(id, 'x86_64')).toMatchObject({ id, diskBus: null, minimum: {} });
  });
});
