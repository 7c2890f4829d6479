import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TapestryError } from '../../../../shared/errors.ts';
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

  it('keeps a corrupt file aside, reports it with line and column, and loads the others', async () => {
    await mkdir(join(directory, 'autostart'));
    await writeFile(join(directory, 'half.xml'), "<domain type='qemu'><name>ha");
    await writeFile(join(directory, 'binary.xml'), Buffer.from([0xff, 0xfe, 0x3c]));
    await writeFile(join(directory, 'good.xml'), xmlOf(1, 'good'));
    const store = await openStore();
    expect(store.all().map((definition) => definition.name)).toEqual(['good']);
    expect(store.broken()).toHaveLength(2);
    const half = store.broken().find((entry) => entry.file.endsWith('half.xml'));
    expect(half).toMatchObject({ error: { code: 'definition-corrupt', line: 3, column: 7 } });
    expect(await readFile(half?.keptAs ?? '', 'utf8')).toBe("<domain type='qemu'><name>ha");
    expect(existsSync(join(directory, 'half.xml'))).toBe(false);
    // It is told again by each later run, until somebody mends or removes it.
    const later = await openStore();
    expect(later.broken().map(({ keptAs }) => keptAs)).toEqual(expect.arrayContaining(store.broken().map(({ keptAs }) => keptAs)));
    expect(later.broken().find((entry) => entry.file.endsWith('half.xml'))).toEqual(half);
    await rm(half?.keptAs ?? '');
    await later.rescan();
    expect(later.broken().map((entry) => entry.file)).toEqual([join(directory, 'binary.xml')]);
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

  const mayMount = spawnSync('unshare', ['-m', 'true']).status === 0;
  it('loses nothing on a full disk', async (context) => {
    if (!mayMount) context.skip('this user may not make a mount namespace, which the small file system needs');
    const script = join(directory, 'full-disk.ts');
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
