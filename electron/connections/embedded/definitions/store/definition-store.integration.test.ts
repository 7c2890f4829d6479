import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TapestryError } from '../../../../../shared/errors.ts';
import { definitionFileName } from './definition-name.ts';
import { DefinitionStore, type DefinitionChanges } from './definition-store.ts';
import { definitionHash } from './stored-definition.ts';

const uuidOf = (digit: number) => `00000000-0000-4000-8000-00000000000${digit}`;
const xmlOf = (digit: number, name: string, extra = '') =>
  `<domain type='qemu'><name>${name}</name><uuid>${uuidOf(digit)}</uuid>${extra}</domain>`;

/** Enough of a reader for the store, which looks at nothing else. */
const identify = (xml: string) => {
  const name = /<name>(.*)<\/name>/s.exec(xml)?.[1];
  const uuid = /<uuid>(.*)<\/uuid>/.exec(xml)?.[1];
  if (name === undefined || uuid === undefined) throw new TapestryError('xml-syntax', 'The XML ends too early.', { line: 3, column: 7 });
  return { name, uuid };
};

let directory = '';
const stores: DefinitionStore[] = [];

const openStore = async (at = directory) => {
  const store = await DefinitionStore.open(at, identify);
  stores.push(store);
  return store;
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tap-store-'));
});

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  await rm(directory, { recursive: true, force: true });
});

describe('DefinitionStore', () => {
  it('keeps a definition as one readable file and finds it again', async () => {
    const store = await openStore();
    await expect(store.save(xmlOf(1, 'web server'))).resolves.toMatchObject({ created: true, name: 'web server' });
    expect(await readFile(join(directory, 'web server.xml'), 'utf8')).toBe(xmlOf(1, 'web server'));
    await expect(store.save(xmlOf(1, 'web server', '<title>x</title>'))).resolves.toMatchObject({ created: false });
    const again = await openStore();
    expect(again.all()).toEqual([
      {
        uuid: uuidOf(1),
        name: 'web server',
        xml: xmlOf(1, 'web server', '<title>x</title>'),
        hash: definitionHash(xmlOf(1, 'web server', '<title>x</title>')),
        autostart: false,
      },
    ]);
    expect((await readdir(directory)).toSorted()).toEqual(['autostart', 'web server.xml']);
  });

  it.each(['../../etc/passwd', '.hidden', 'a/b', 'ü %41', ' lead', 'line\nfeed', '..'])(
    'keeps the name %j inside its directory',
    async (name) => {
      const store = await openStore();
      await store.save(xmlOf(1, name));
      const files = (await readdir(directory)).filter((file) => file !== 'autostart');
      expect(files).toEqual([definitionFileName(name)]);
      expect(files[0]).not.toMatch(/[/\n]|^\./);
      expect((await openStore()).get(uuidOf(1))?.name).toBe(name);
    },
  );

  it('refuses a name that no file can have', async () => {
    await expect((await openStore()).save(xmlOf(1, 'ä'.repeat(126)))).rejects.toMatchObject({
      code: 'xml-invalid',
      data: { path: '/domain/name' },
    });
  });

  it('refuses duplicates of name and UUID, and overwriting what changed meanwhile', async () => {
    const store = await openStore();
    const { hash } = await store.save(xmlOf(1, 'a'));
    await expect(store.save(xmlOf(2, 'a'))).rejects.toMatchObject({ code: 'duplicate-name' });
    await expect(store.save(xmlOf(1, 'b'))).rejects.toMatchObject({ code: 'duplicate-uuid' });
    await expect(store.save(xmlOf(1, 'a'), { createOnly: true })).rejects.toMatchObject({ code: 'duplicate-uuid' });
    await store.save(xmlOf(1, 'a', '<x/>'), { expect: hash });
    await expect(store.save(xmlOf(1, 'a', '<y/>'), { expect: hash })).rejects.toMatchObject({ code: 'conflict' });
    await expect(store.save(xmlOf(3, 'c'), { expect: hash })).rejects.toMatchObject({ code: 'conflict' });
    expect(store.get(uuidOf(1))?.xml).toBe(xmlOf(1, 'a', '<x/>'));
  });

  it('renames with the autostart flag, and finishes a rename that was cut short', async () => {
    const store = await openStore();
    await store.save(xmlOf(1, 'old'));
    await store.save(xmlOf(2, 'taken'));
    await store.setAutostart(uuidOf(1), true);
    await expect(store.rename(uuidOf(1), xmlOf(1, 'taken'))).rejects.toMatchObject({ code: 'duplicate-name' });
    await store.rename(uuidOf(1), xmlOf(1, 'new'));
    expect((await readdir(directory)).toSorted()).toEqual(['autostart', 'new.xml', 'taken.xml']);
    expect((await openStore()).get(uuidOf(1))).toMatchObject({ name: 'new', autostart: true });

    await writeFile(join(directory, 'new.xml'), xmlOf(1, 'newest'));
    expect((await openStore()).get(uuidOf(1))).toMatchObject({ name: 'newest', autostart: true });
    expect((await readdir(directory)).toSorted()).toEqual(['autostart', 'newest.xml', 'taken.xml']);
    expect(await readdir(join(directory, 'autostart'))).toEqual(['newest.xml']);
  });

  it('removes a definition with its flag', async () => {
    const store = await openStore();
    await store.save(xmlOf(1, 'a'));
    await store.setAutostart(uuidOf(1), true);
    await store.remove(uuidOf(1));
    expect(await readdir(join(directory, 'autostart'))).toEqual([]);
    expect((await openStore()).all()).toEqual([]);
    await expect(store.remove(uuidOf(1))).rejects.toMatchObject({ code: 'not-found' });
  });

  it('leaves a corrupt file as it is, reports it with line and column, loads the others, and reads it again when it was mended', async () => {
    await writeFile(join(directory, 'half.xml'), "<domain type='qemu'><name>ha");
    await writeFile(join(directory, 'binary.xml'), Buffer.from([0xff, 0xfe, 0x3c]));
    await writeFile(join(directory, 'good.xml'), xmlOf(1, 'good'));
    const store = await openStore();
    expect(store.all().map((definition) => definition.name)).toEqual(['good']);
    const half = store.broken().find((entry) => entry.file.endsWith('half.xml'));
    expect(half).toMatchObject({
      keptAs: join(directory, 'half.xml'),
      error: { code: 'definition-corrupt', line: 3, column: 7 },
    });
    expect((await readdir(directory)).toSorted()).toEqual(['autostart', 'binary.xml', 'good.xml', 'half.xml']);
    // It is told again by each later run, until somebody mends or removes it.
    const later = await openStore();
    expect(later.broken()).toEqual(store.broken());
    await writeFile(join(directory, 'half.xml'), xmlOf(2, 'half'));
    await rm(join(directory, 'binary.xml'));
    await expect(later.rescan()).resolves.toMatchObject({ changed: [{ name: 'half' }], broken: [] });
    expect(later.broken()).toEqual([]);
  });

  it('takes back what an earlier version kept aside, once it can be read and its place is free', async () => {
    const aside = join(directory, 'vm.xml.corrupt-2026-01-01T000000.000Z');
    await writeFile(aside, '<domain><name>v');
    const store = await openStore();
    expect(store.broken()).toMatchObject([{ file: join(directory, 'vm.xml'), keptAs: aside, error: { code: 'definition-corrupt' } }]);
    await writeFile(join(directory, 'other.xml'), xmlOf(1, 'other'));
    await writeFile(aside, xmlOf(1, 'vm'));
    await store.rescan();
    expect(store.all().map(({ name }) => name)).toEqual(['other']);
    expect(store.broken()).toMatchObject([{ keptAs: aside }]);
    await rm(join(directory, 'other.xml'));
    await store.rescan();
    expect(store.all().map(({ name }) => name)).toEqual(['vm']);
    expect(store.broken()).toEqual([]);
    expect((await readdir(directory)).toSorted()).toEqual(['autostart', 'vm.xml']);
  });

  it('leaves a copied definition alone and says why it is not used', async () => {
    await writeFile(join(directory, 'a.xml'), xmlOf(1, 'a'));
    await writeFile(join(directory, 'a copy.xml'), xmlOf(1, 'a'));
    const store = await openStore();
    expect(store.all()).toHaveLength(1);
    expect(store.broken()).toMatchObject([{ error: { code: 'duplicate-uuid' }, keptAs: join(directory, 'a copy.xml') }]);
    expect(existsSync(join(directory, 'a copy.xml'))).toBe(true);
  });

  it('reports an unreadable entry without losing the others', async () => {
    await symlink('loop.xml', join(directory, 'loop.xml'));
    await writeFile(join(directory, 'a.xml'), xmlOf(1, 'a'));
    const store = await openStore();
    expect(store.all()).toHaveLength(1);
    expect(store.broken()).toMatchObject([{ error: { code: 'io' } }]);
  });

  it('neither waits for a pipe nor reads what is far too large, and leaves both where they are', async () => {
    await mkdir(join(directory, 'autostart'));
    expect(spawnSync('mkfifo', [join(directory, 'pipe.xml')]).status).toBe(0);
    await writeFile(join(directory, 'large.xml'), '');
    await truncate(join(directory, 'large.xml'), 64 * 1024 ** 3);
    await writeFile(join(directory, 'good.xml'), xmlOf(1, 'good'));
    const store = await openStore();
    expect(store.all()).toHaveLength(1);
    expect(store.broken()).toMatchObject([
      { keptAs: join(directory, 'large.xml'), error: { code: 'io', detail: 'it has more than 4194304 bytes' } },
      { keptAs: join(directory, 'pipe.xml'), error: { code: 'io', detail: 'it is no file' } },
    ]);
  });

  it('removes what a killed writer left half-written', async () => {
    await writeFile(join(directory, '.a.xml.tmp-0123'), '<dom');
    await openStore();
    expect(await readdir(directory)).toEqual(['autostart']);
  });

  it('notices what other programs change, and not what it wrote itself', async () => {
    const store = await openStore();
    await store.save(xmlOf(1, 'a'));
    const seen: DefinitionChanges[] = [];
    store.watch(
      (changes) => seen.push(changes),
      (error) => {
        throw error;
      },
    );
    await store.save(xmlOf(1, 'a', '<own/>'));
    await writeFile(join(directory, 'b.xml'), xmlOf(2, 'b'));
    await expect
      .poll(() => seen.flatMap((changes) => changes.changed.map((definition) => definition.name)), { timeout: 10_000 })
      .toEqual(['b']);
    await rm(join(directory, 'a.xml'));
    await expect.poll(() => seen.flatMap((changes) => changes.removed), { timeout: 10_000 }).toEqual([uuidOf(1)]);
  });

  describe('where a file has a name that a definition needs', () => {
    const precious = (digit: number, name: string) => xmlOf(digit, name, '<!-- precious -->');

    it('never overwrites what it ignores, at a define, a rename or a misnamed file', async () => {
      await writeFile(join(directory, 'a.xml'), xmlOf(1, 'a'));
      await utimes(join(directory, 'a.xml'), 1, 1);
      await writeFile(join(directory, 'copy.xml'), precious(1, 'copy'));
      await writeFile(join(directory, 'large.xml'), '');
      await truncate(join(directory, 'large.xml'), 5 * 1024 ** 2);
      await mkdir(join(directory, 'folder.xml'));
      await symlink('nowhere', join(directory, 'link.xml'));
      expect(spawnSync('mkfifo', [join(directory, 'pipe.xml')]).status).toBe(0);
      const store = await openStore();
      await store.save(xmlOf(2, 'z'));
      for (const name of ['copy', 'large', 'folder', 'link', 'pipe']) {
        await expect(store.save(xmlOf(3, name))).rejects.toMatchObject({ code: 'duplicate-name', data: { path: '/domain/name' } });
        await expect(store.rename(uuidOf(2), xmlOf(2, name))).rejects.toMatchObject({ code: 'duplicate-name' });
        await writeFile(join(directory, 'misnamed.xml'), xmlOf(4, name));
        await store.rescan();
        expect(store.get(uuidOf(4))).toMatchObject({ name });
        await store.remove(uuidOf(4));
      }
      expect(store.get(uuidOf(2))).toMatchObject({ name: 'z', xml: xmlOf(2, 'z') });
      expect(await readFile(join(directory, 'z.xml'), 'utf8')).toBe(xmlOf(2, 'z'));
      expect(await readFile(join(directory, 'copy.xml'), 'utf8')).toBe(precious(1, 'copy'));
      expect((await readdir(directory)).toSorted()).toEqual(
        ['a', 'copy', 'folder', 'large', 'link', 'pipe', 'z'].map((name) => `${name}.xml`).toSpliced(1, 0, 'autostart'),
      );
    });

    it('keeps aside, under a name that is told, what can’t be understood and nobody writes; and waits while somebody may', async () => {
      await writeFile(join(directory, 'old.xml'), '<domain><name>o');
      await utimes(join(directory, 'old.xml'), 1, 1);
      await writeFile(join(directory, 'new.xml'), '');
      const store = await openStore();
      await expect(store.save(xmlOf(1, 'new'))).rejects.toMatchObject({ code: 'conflict' });
      await store.save(xmlOf(2, 'old'));
      await store.rescan();
      const aside = store.broken().find(({ file, keptAs }) => file.endsWith('old.xml') && keptAs !== file);
      expect(await readFile(aside?.keptAs ?? '', 'utf8')).toBe('<domain><name>o');
      expect(store.get(uuidOf(2))).toMatchObject({ name: 'old' });
    });

    it('sees a file that a person copied in just before', async () => {
      const store = await openStore();
      await writeFile(join(directory, 'x.xml'), precious(1, 'x'));
      await expect(store.save(xmlOf(2, 'x'))).rejects.toMatchObject({ code: 'duplicate-name' });
      await writeFile(join(directory, 'y.xml'), precious(1, 'y'));
      await expect(store.save(xmlOf(3, 'y'))).rejects.toMatchObject({ code: 'duplicate-name' });
      expect(await readFile(join(directory, 'y.xml'), 'utf8')).toBe(precious(1, 'y'));
    });

    it('replaces, renames or removes no file that holds another machine since the last look', async () => {
      const store = await openStore();
      for (const act of [
        () => store.save(xmlOf(1, 'a', '<x/>')),
        () => store.rename(uuidOf(1), xmlOf(1, 'b')),
        () => store.remove(uuidOf(1)),
      ]) {
        await store.save(xmlOf(1, 'a'));
        await writeFile(join(directory, 'a.xml'), precious(2, 'a'));
        await act().catch(() => undefined);
        expect(await readFile(join(directory, 'a.xml'), 'utf8')).toBe(precious(2, 'a'));
        await rm(join(directory, 'a.xml'));
        await store.rescan();
      }
    });

    it('writes through a link', async () => {
      await mkdir(join(directory, 'elsewhere'));
      const store = await openStore();
      await writeFile(join(directory, 'elsewhere', 'real'), xmlOf(1, 'a'));
      await symlink('elsewhere/real', join(directory, 'a.xml'));
      await store.rescan();
      await store.save(xmlOf(1, 'a', '<x/>'));
      expect(await readFile(join(directory, 'elsewhere', 'real'), 'utf8')).toBe(xmlOf(1, 'a', '<x/>'));
      expect((await lstat(join(directory, 'a.xml'))).isSymbolicLink()).toBe(true);
    });
  });

  describe('where files have each other’s names', () => {
    it('loses none: two, three in a circle, one that waits for another; with their marks', async () => {
      const named: readonly (readonly [file: string, name: string])[] = [
        ['a', 'b'],
        ['b', 'a'],
        ['c', 'd'],
        ['d', 'e'],
        ['e', 'c'],
        ['f', 'g'],
        ['g', 'h'],
      ];
      for (const [index, [file, name]] of named.entries()) await writeFile(join(directory, `${file}.xml`), xmlOf(index, name));
      await mkdir(join(directory, 'autostart'));
      await symlink('../a.xml', join(directory, 'autostart', 'a.xml'));
      for (let round = 0; round < 3; round += 1) {
        const store = await openStore();
        expect(store.all().map(({ uuid, name }) => [uuid, name])).toEqual(
          expect.arrayContaining(named.map(([, name], index) => [uuidOf(index), name])),
        );
        expect(store.all()).toHaveLength(named.length);
        expect(store.all().filter(({ autostart }) => autostart)).toMatchObject([{ name: 'b' }]);
        expect((await readdir(directory)).filter((file) => file.endsWith('.xml'))).toHaveLength(named.length);
      }
      // Each is changed in the file that holds it.
      const store = await openStore();
      await store.save(xmlOf(0, 'b', '<x/>'));
      await store.rename(uuidOf(1), xmlOf(1, 'z'));
      await store.remove(uuidOf(2));
      const later = await openStore();
      expect(later.get(uuidOf(0))).toMatchObject({ name: 'b', xml: xmlOf(0, 'b', '<x/>'), autostart: true });
      expect(later.get(uuidOf(1))).toMatchObject({ name: 'z' });
      expect(later.get(uuidOf(2))).toBeUndefined();
      expect(later.all()).toHaveLength(named.length - 1);
    });

    it('finishes a rename that left one file with two names', async () => {
      const store = await openStore();
      await store.save(xmlOf(1, 'old'));
      await store.setAutostart(uuidOf(1), true);
      await writeFile(join(directory, 'old.xml'), xmlOf(1, 'new'));
      await link(join(directory, 'old.xml'), join(directory, 'new.xml'));
      const later = await openStore();
      expect(later.all()).toMatchObject([{ name: 'new', autostart: true }]);
      expect((await readdir(directory)).toSorted()).toEqual(['autostart', 'new.xml']);
      expect(await readdir(join(directory, 'autostart'))).toEqual(['new.xml']);
    });
  });

  describe('where two files have one UUID', () => {
    const memory = () => join(directory, 'memory', 'files.json');
    const openRemembering = async (running: ReadonlyMap<string, string> = new Map()) => {
      const store = await DefinitionStore.open(directory, identify, { memory: memory(), running: () => running });
      stores.push(store);
      return store;
    };

    it('keeps who was there: in one run, over an opening, and without a memory by age', async () => {
      const store = await openRemembering();
      await store.save(xmlOf(1, 'prod'));
      await writeFile(join(directory, 'lab.xml'), xmlOf(1, 'lab'));
      await store.rescan();
      expect(store.all()).toMatchObject([{ name: 'prod' }]);
      expect(store.broken()).toMatchObject([{ file: join(directory, 'lab.xml'), error: { code: 'duplicate-uuid' } }]);
      expect(store.broken()[0]?.error.message).toContain('“prod”');
      // Its file is the younger one now.
      await store.save(xmlOf(1, 'prod', '<x/>'));
      await store.close();
      const later = await openRemembering();
      expect(later.all()).toMatchObject([{ name: 'prod' }]);
      await later.close();
      await rm(memory());
      await utimes(join(directory, 'lab.xml'), 1, 1);
      expect((await openStore()).all()).toMatchObject([{ name: 'lab' }]);
      await utimes(join(directory, 'lab.xml'), 2, 2);
      await utimes(join(directory, 'prod.xml'), 1, 1);
      expect((await openStore()).all()).toMatchObject([{ name: 'prod' }]);
    });

    it('goes on without a memory that is damaged', async () => {
      await mkdir(join(directory, 'memory'));
      await writeFile(memory(), '{"version":1,"fi');
      await writeFile(join(directory, 'a.xml'), xmlOf(1, 'a'));
      expect((await openRemembering()).all()).toMatchObject([{ name: 'a' }]);
    });

    it('gives a running machine’s definition to no other file under another name, but follows one that was moved', async () => {
      const running = new Map([[uuidOf(1), 'prod']]);
      const store = await openRemembering(running);
      await store.save(xmlOf(1, 'prod'));
      await store.save(xmlOf(2, 'other'));
      await rm(join(directory, 'prod.xml'));
      await writeFile(join(directory, 'lab.xml'), xmlOf(1, 'lab'));
      await writeFile(join(directory, 'twin.xml'), xmlOf(3, 'prod'));
      await expect(store.rescan()).resolves.toMatchObject({ changed: [], removed: [uuidOf(1)] });
      expect(store.broken().map(({ error }) => error.code)).toEqual(['duplicate-uuid', 'duplicate-name']);
      running.clear();
      await expect(store.rescan()).resolves.toMatchObject({ changed: [{ name: 'lab' }, { name: 'prod' }], removed: [] });
    });

    it('refuses names and UUIDs of machines that run and aren’t stored', async () => {
      const store = await openRemembering(new Map([[uuidOf(1), 'web']]));
      await expect(store.save(xmlOf(2, 'web'))).rejects.toMatchObject({ code: 'duplicate-name' });
      await expect(store.save(xmlOf(1, 'two'))).rejects.toMatchObject({ code: 'duplicate-uuid' });
      await store.save(xmlOf(2, 'z'));
      await expect(store.rename(uuidOf(2), xmlOf(2, 'web'))).rejects.toMatchObject({ code: 'duplicate-name' });
      await expect(store.save(xmlOf(1, 'web'))).resolves.toMatchObject({ created: true });
    });
  });

  describe('while a file is being written', () => {
    const watched = async () => {
      const store = await openStore();
      const seen: DefinitionChanges[] = [];
      const faults: unknown[] = [];
      store.watch(
        (changes) => seen.push(changes),
        (error) => faults.push(error),
      );
      return { store, seen, faults };
    };

    it('keeps what it held, moves nothing, and takes what is there in the end', async () => {
      const { store, seen, faults } = await watched();
      await store.save(xmlOf(1, 'edited'));
      const names = ['edited.xml', 'fresh.xml'];
      const writers = await Promise.all(names.map((name) => open(join(directory, name), 'w')));
      try {
        for (const [index, writer] of writers.entries())
          await writer.write(xmlOf(index + 1, index === 0 ? 'edited' : 'fresh').slice(0, 30));
        await store.rescan();
        expect(store.get(uuidOf(1))).toMatchObject({ xml: xmlOf(1, 'edited') });
        // A writer that pauses for long: it is told of, and still waited for.
        await expect
          .poll(() => store.broken().map(({ keptAs }) => keptAs), { timeout: 20_000 })
          .toEqual(names.map((name) => join(directory, name)));
        expect(store.get(uuidOf(1))).toMatchObject({ xml: xmlOf(1, 'edited') });
        for (const [index, writer] of writers.entries())
          await writer.write(xmlOf(index + 1, index === 0 ? 'edited' : 'fresh', '<new/>').slice(30));
      } finally {
        for (const writer of writers) await writer.close();
      }
      await expect.poll(() => store.get(uuidOf(2))?.xml, { timeout: 20_000 }).toBe(xmlOf(2, 'fresh', '<new/>'));
      expect(store.get(uuidOf(1))?.xml).toBe(xmlOf(1, 'edited', '<new/>'));
      expect(store.broken()).toEqual([]);
      expect(seen.flatMap(({ removed }) => removed)).toEqual([]);
      expect(seen.flatMap(({ mended }) => mended)).toHaveLength(2);
      expect(faults).toEqual([]);
      expect((await readdir(directory)).toSorted()).toEqual(['autostart', ...names]);
    });

    it('keeps what it held when the writer was killed, and an editor’s rename is one change', async () => {
      const { store } = await watched();
      await store.save(xmlOf(1, 'a'));
      await writeFile(join(directory, 'a.xml'), '<domain><na');
      await utimes(join(directory, 'a.xml'), 1, 1);
      await expect.poll(() => store.broken().length, { timeout: 20_000 }).toBe(1);
      expect(store.get(uuidOf(1))).toMatchObject({ xml: xmlOf(1, 'a') });
      await expect(store.setAutostart(uuidOf(1), true)).resolves.toMatchObject({ autostart: true });
      await writeFile(join(directory, '.a.xml.swp'), xmlOf(1, 'a', '<edited/>'));
      await rename(join(directory, '.a.xml.swp'), join(directory, 'a.xml'));
      await expect.poll(() => store.get(uuidOf(1))?.xml, { timeout: 20_000 }).toBe(xmlOf(1, 'a', '<edited/>'));
      expect(store.get(uuidOf(1))?.autostart).toBe(true);
      expect(store.broken()).toEqual([]);
    });

    it('keeps what an earlier run of the app held', async () => {
      const beside = await mkdtemp(join(tmpdir(), 'tap-beside-'));
      try {
        const again = async () => {
          const store = await DefinitionStore.open(directory, identify, {
            memory: join(beside, 'files.json'),
            copies: join(beside, 'texts'),
          });
          stores.push(store);
          return store;
        };
        const first = await again();
        for (const [digit, name] of ['emptied', 'cut', 'gone', 'fine'].entries()) await first.save(xmlOf(digit + 1, name));
        await first.setAutostart(uuidOf(1), true);
        await first.remove(uuidOf(4));
        await first.save(xmlOf(4, 'fine', '<again/>'));
        await first.close();
        // As a shell does before the command that writes it has begun; as a killed writer leaves it; as a person removes it.
        await truncate(join(directory, 'emptied.xml'));
        await writeFile(join(directory, 'cut.xml'), xmlOf(2, 'cut').slice(0, 40));
        await rm(join(directory, 'gone.xml'));
        const second = await again();
        expect(new Set(second.all().map(({ name }) => name))).toEqual(new Set(['emptied', 'cut', 'fine']));
        expect(second.get(uuidOf(1))).toMatchObject({ xml: xmlOf(1, 'emptied'), autostart: true });
        expect(second.broken().map(({ file }) => file)).toEqual([join(directory, 'cut.xml'), join(directory, 'emptied.xml')]);
        expect(await readFile(join(directory, 'emptied.xml'), 'utf8')).toBe('');
        await second.close();
        // What was removed isn't kept, and what can't be read yet still is.
        expect((await readdir(join(beside, 'texts'))).toSorted()).toEqual([1, 2, 4].map((digit) => `${uuidOf(digit)}.xml`));
        await writeFile(join(directory, 'emptied.xml'), xmlOf(1, 'emptied', '<new/>'));
        await writeFile(join(directory, 'cut.xml'), xmlOf(2, 'taken'));
        const third = await again();
        expect(third.get(uuidOf(1))?.xml).toBe(xmlOf(1, 'emptied', '<new/>'));
        expect(third.get(uuidOf(2))?.name).toBe('taken');
        // A copy that was damaged is none, and one whose file says something else by now is nobody's.
        await third.close();
        await truncate(join(directory, 'fine.xml'));
        await writeFile(join(beside, 'texts', `${uuidOf(4)}.xml`), 'no definition');
        expect((await again()).get(uuidOf(4))).toBeUndefined();
      } finally {
        for (const store of stores.splice(0)) await store.close();
        await rm(beside, { recursive: true, force: true });
      }
    });

    it('keeps what it held while the system can’t read it', async (context) => {
      if (process.getuid?.() === 0) context.skip('root reads every file');
      const store = await openStore();
      await store.save(xmlOf(1, 'a'));
      await chmod(join(directory, 'a.xml'), 0);
      await store.rescan();
      expect(store.get(uuidOf(1))).toMatchObject({ name: 'a' });
    });
  });

  describe('marks for autostart', () => {
    it('are removed where they lead nowhere, and fall to no new machine', async () => {
      await mkdir(join(directory, 'autostart'));
      await symlink('../a.xml', join(directory, 'autostart', 'a.xml'));
      const store = await openStore();
      expect(await readdir(join(directory, 'autostart'))).toEqual([]);
      await symlink('../b.xml', join(directory, 'autostart', 'b.xml'));
      await expect(store.save(xmlOf(1, 'b'))).resolves.toMatchObject({ autostart: false });
      await store.rescan();
      expect(store.get(uuidOf(1))).toMatchObject({ autostart: false });
      expect((await openStore()).get(uuidOf(1))).toMatchObject({ autostart: false });
    });

    it('stay with a machine whose rename was cut short at any moment', async () => {
      const files = (...names: string[]) => names.map((name) => `${name}.xml`);
      for (const [there, marks] of [
        [files('old'), files('old')],
        [files('old', 'new'), files('old')],
        [files('old', 'new'), files('old', 'new')],
        [files('new'), files('old', 'new')],
        [files('new'), files('new')],
      ] as const) {
        await rm(directory, { recursive: true });
        await mkdir(join(directory, 'autostart'), { recursive: true });
        await writeFile(join(directory, 'inode'), xmlOf(1, 'new'));
        for (const file of there) await link(join(directory, 'inode'), join(directory, file));
        await rm(join(directory, 'inode'));
        for (const mark of marks) await symlink(`../${mark}`, join(directory, 'autostart', mark));
        const store = await openStore();
        expect(store.all()).toMatchObject([{ name: 'new', autostart: true }]);
        expect(store.broken()).toEqual([]);
        expect(await readdir(join(directory, 'autostart'))).toEqual(['new.xml']);
      }
    });
  });

  const mayMount = spawnSync('unshare', ['-m', 'true']).status === 0;
  it('loses nothing on a full disk', async (context) => {
    if (!mayMount) context.skip('this user may not make a mount namespace, which the small file system needs');
    const script = join(directory, 'full-disk.mts');
    const mount = join(directory, 'small');
    await mkdir(mount);
    await writeFile(
      script,
      `
      import { writeFile, readdir, readFile } from 'node:fs/promises';
      import { DefinitionStore } from ${JSON.stringify(new URL('./definition-store.ts', import.meta.url).pathname)};
      const identify = (xml) => ({ name: /<name>(.*)<\\/name>/.exec(xml)[1], uuid: /<uuid>(.*)<\\/uuid>/.exec(xml)[1] });
      const store = await DefinitionStore.open(${JSON.stringify(mount)}, identify);
      const first = '<domain><name>a</name><uuid>u1</uuid></domain>';
      await store.save(first);
      await writeFile(${JSON.stringify(join(mount, 'filler'))}, Buffer.alloc(1 << 20)).catch(() => undefined);
      const outcome = await store.save('<domain><name>a</name><uuid>u1</uuid>' + 'x'.repeat(65536) + '</domain>').then(() => 'saved', (error) => error.code);
      const kept = await readFile(${JSON.stringify(join(mount, 'a.xml'))}, 'utf8');
      console.log(JSON.stringify({ outcome, kept: kept === first, memory: store.get('u1').xml === first, files: (await readdir(${JSON.stringify(mount)})).sort() }));
      await store.close();
      `,
    );
    const result = spawnSync(
      'unshare',
      ['-m', 'sh', '-c', 'mount -t tmpfs -o size=128k none "$1" && exec "$2" "$3"', 'sh', mount, process.execPath, script],
      { encoding: 'utf8' },
    );
    expect(result.stderr).toBe('');
    expect(JSON.parse(result.stdout)).toEqual({
      outcome: 'storage-full',
      kept: true,
      memory: true,
      files: ['a.xml', 'autostart', 'filler'],
    });
  });
});
