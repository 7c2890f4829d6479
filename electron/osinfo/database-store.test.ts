import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sealedJson } from '../files/sealed-json.ts';
import { databaseFiles, databaseFolders } from './database-folders.ts';
import { DatabaseStore } from './database-store.ts';
import { readDatabase } from './read-database.ts';

const fixture = path.join(import.meta.dirname, 'testing/database');
let root: string;
let time = 0;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'osinfo-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const put = async (file: string, text: string) => {
  const full = path.join(root, file);
  await mkdir(path.dirname(full), { recursive: true });
  await writeFile(full, text);
  return full;
};
const os = (id: string, inside: string) => `<libosinfo version="0.0.1"><os id="${id}">${inside}</os></libosinfo>`;
const read = async (...folders: string[]) => readDatabase((await databaseFiles(folders)).entities);
const baseId = 'http://example.org/base/1';
const base = async (...folders: string[]) => (await read(...folders)).systems.find(({ id }) => id === baseId);

describe('the folders of a database', () => {
  it('are those of the system, of this computer and of the user, in this order', () => {
    expect(databaseFolders({}, '/home/x')).toEqual([
      '/usr/share/osinfo',
      '/usr/local/share/osinfo',
      '/etc/osinfo',
      '/home/x/.config/osinfo',
    ]);
    expect(databaseFolders({ XDG_CONFIG_HOME: '/c' }, '/home/x').at(-1)).toBe('/c/osinfo');
    const env = { OSINFO_SYSTEM_DIR: '/a', OSINFO_LOCAL_DIR: '/b', OSINFO_USER_DIR: '/d' };
    expect(databaseFolders(env, '/home/x')).toEqual(['/a', '/b', '/d']);
    expect(databaseFolders({ OSINFO_SYSTEM_DIR: '' }, '/home/x')).toHaveLength(4);
  });

  it('extend what others say with NAME.d', async () => {
    expect((await base(fixture))?.devices).toHaveLength(5);
    await put('user/os/example.org/base.d/more.xml', os(baseId, '<devices><device id="new"/></devices>'));
    expect((await base(fixture, path.join(root, 'user')))?.devices.map(({ id }) => id)).toContain('new');
    expect((await base(fixture, path.join(root, 'user')))?.devices).toHaveLength(6);
  });

  it('replace what others say, and what extended it, with a file of the same name', async () => {
    await put('user/os/example.org/base.xml', os(baseId, '<name>Mine</name>'));
    const mine = await base(fixture, path.join(root, 'user'));
    expect(mine).toMatchObject({ name: 'Mine', devices: [], media: [] });
    // The other way round the system's counts: the later folder is the one that does.
    expect((await base(path.join(root, 'user'), fixture))?.name).toBe('Base 1');
  });

  it('add systems of their own', async () => {
    await put('user/os/example.org/own.xml', os('http://example.org/own', '<short-id>own1</short-id>'));
    const { systems, faults } = await read(fixture, path.join(root, 'user'), path.join(root, 'nothing-here'));
    expect(systems.map(({ shortIds }) => shortIds[0])).toContain('own1');
    expect(faults).toEqual([]);
  });

  it('stand a link that leads in a circle and one that leads nowhere', async () => {
    await put('db/os/a.xml', os('a', ''));
    await symlink(path.join(root, 'db/os'), path.join(root, 'db/os/loop'));
    await symlink('/nowhere.xml', path.join(root, 'db/os/gone.xml'));
    expect((await read(path.join(root, 'db'))).systems.map(({ id }) => id)).toEqual(['a']);
  });
});

it('leaves out a damaged file, tells of it, and reads the rest', async () => {
  await cp(fixture, path.join(root, 'db'), { recursive: true });
  const damaged = await put('db/os/debian.org/debian-10.xml', '<libosinfo><os id="x">');
  const huge = await put('db/os/debian.org/huge.xml', ' '.repeat(3 * 1024 ** 2));
  const { systems, faults } = await read(path.join(root, 'db'));
  expect(systems.map(({ shortIds }) => shortIds[0] ?? '').toSorted((a, b) => a.localeCompare(b, 'en'))).toEqual([
    'base1',
    'debian11',
    'fedora37',
    'ubuntu22.04',
    'win8',
  ]);
  expect(faults.map(({ file }) => file)).toEqual([damaged, huge]);
});

describe('DatabaseStore', () => {
  const opened = (folder = path.join(root, 'db')) => {
    let readings = 0;
    const file = path.join(root, 'cache/operating-systems.json');
    const store = new DatabaseStore({
      folders: [folder],
      file,
      now: () => time,
      read: (entities) => {
        readings++;
        return readDatabase(entities);
      },
    });
    /** Asks when it is time to look at the folders again. */
    const later = async () => {
      time += 60_000;
      return (await store.current()).database?.systems.map(({ id }) => id);
    };
    return { store, file, later, readings: () => readings };
  };

  beforeEach(() => cp(fixture, path.join(root, 'db'), { recursive: true }));

  it('reads once, however many ask, and not again from what another run kept', async () => {
    const first = opened();
    const [one, other] = await Promise.all([first.store.current(), first.store.current()]);
    expect(one.database?.systems).toHaveLength(5);
    expect(other).toBe(one);
    expect(first.readings()).toBe(1);
    const second = opened();
    expect((await second.store.current()).database).toEqual(one.database);
    expect(second.readings()).toBe(0);
    expect(await readdir(path.dirname(first.file))).toEqual(['operating-systems.json']);
  });

  it('reads again when a file is changed, comes or goes', async () => {
    const { later, readings } = opened();
    await later();
    await later();
    expect(readings()).toBe(1);
    await appendFile(path.join(root, 'db/os/debian.org/debian-11.xml'), '\n');
    await later();
    expect(readings()).toBe(2);
    await put('db/os/new.xml', os('new', ''));
    expect(await later()).toContain('new');
    await unlink(path.join(root, 'db/os/new.xml'));
    expect(await later()).not.toContain('new');
  });

  it.each<[string, (text: string) => string]>([
    ['cut short', (text) => text.slice(0, text.length / 2)],
    ['damaged', (text) => text.replace('debian11', 'debian12')],
    ['empty', () => ''],
    ['of a later version', () => sealedJson({ format: 2, fingerprint: 'x', all: [] })],
    ['of another database', () => sealedJson({ format: 1, fingerprint: 'x', database: { systems: [], faults: [] } })],
  ])('reads again where what was kept is %s', async (_what, change) => {
    const first = opened();
    await first.store.current();
    await writeFile(first.file, change(await readFile(first.file, 'utf8')));
    const second = opened();
    expect((await second.store.current()).database?.systems).toHaveLength(5);
    expect(second.readings()).toBe(1);
    const third = opened();
    await third.store.current();
    expect(third.readings()).toBe(0);
  });

  it('does without a place to keep it', async () => {
    await writeFile(path.join(root, 'cache'), 'a file where the folder belongs');
    expect((await opened().store.current()).database?.systems).toHaveLength(5);
  });

  it('knows that there is none', async () => {
    const { store, readings } = opened(path.join(root, 'nothing'));
    expect((await store.current()).database).toBeUndefined();
    expect(readings()).toBe(0);
  });
});
