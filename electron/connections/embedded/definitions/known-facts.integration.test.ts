import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { factsOfDefinition } from './definition-facts.ts';
import { readerThread, startDefinitionReader } from './definition-reader.ts';
import { KnownFacts } from './known-facts.ts';
import { readAhead } from './read-ahead.ts';
import { definitionHash } from './store/stored-definition.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tap-known-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const fail = (error: unknown) => {
  throw error;
};
const open = async () => {
  const known = new KnownFacts(join(folder, 'cache', 'facts.json'), fail);
  await known.read();
  return known;
};
const xmlOf = (index: number) =>
  `<domain type='qemu'><name>m${index}</name><uuid>00000000-0000-4000-8000-${String(index).padStart(12, '0')}</uuid>` +
  `<memory unit='MiB'>64</memory><os><type arch='x86_64' machine='pc'>hvm</type></os>` +
  `<devices><interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='br0'/></interface><serial type='pty'/></devices></domain>`;

it('knows what was read over the runs, of the texts that there still are', async () => {
  const first = await open();
  const texts = [xmlOf(1), xmlOf(2)];
  const hashes = texts.map(definitionHash);
  for (const text of texts) first.of(definitionHash(text), () => factsOfDefinition(text));
  first.keep(() => hashes.slice(1));
  await first.settled();
  const later = await open();
  expect(later.get(hashes[0] ?? '')).toBeUndefined();
  expect(later.of(hashes[1] ?? '', () => fail(new Error('read again')) as never)).toEqual(factsOfDefinition(xmlOf(2)));
});

it('reads anew what another build wrote, or what is damaged', async () => {
  const first = await open();
  const hash = definitionHash(xmlOf(1));
  first.keep(() => [hash]);
  first.of(hash, () => factsOfDefinition(xmlOf(1)));
  await first.settled();
  const file = join(folder, 'cache', 'facts.json');
  const text = await readFile(file, 'utf8');
  for (const other of [
    text.replace('"by":"', '"by":"x'),
    text.slice(0, 50),
    text.replace('"vcpus":', '"cpus":'),
    text.replace('"m1"', '"m2"'),
    '',
  ]) {
    await writeFile(file, other);
    expect((await open()).get(hash)).toBeUndefined();
  }
  await writeFile(file, text);
  expect((await open()).get(hash)).toEqual(factsOfDefinition(xmlOf(1)));
});

it('is filled by a process where many are unknown, and leaves what can’t be read to who needs it', async () => {
  for (let index = 0; index < 30; index += 1) await writeFile(join(folder, `m${index}.xml`), xmlOf(index));
  await writeFile(join(folder, 'half.xml'), '<domain><name>h');
  const known = await open();
  await readAhead(folder, known, fail);
  // Reading may take longer than what settles it: nothing is forgotten before it is known which texts there are.
  await known.settled();
  expect(known.get(definitionHash(xmlOf(8)))).toEqual(factsOfDefinition(xmlOf(8)));
  expect(await readdir(folder)).not.toContain('cache');
  known.keep(() => [definitionHash(xmlOf(7))]);
  await known.settled();
  expect((await open()).get(definitionHash(xmlOf(7)))).toEqual(factsOfDefinition(xmlOf(7)));
  expect(known.get(definitionHash(xmlOf(8)))).toBeUndefined(); // it isn't there any more
  await readAhead(folder, known, fail);
  expect(known.get(definitionHash(xmlOf(7)))).toEqual(factsOfDefinition(xmlOf(7)));
  expect(known.get(definitionHash('<domain><name>h'))).toBeUndefined();
  await readAhead(join(folder, 'nowhere'), known, fail);
});

it.each([
  ['a process', startDefinitionReader],
  ['a thread, as Electron has it', () => readerThread(join(import.meta.dirname, 'read-definitions-worker.ts'))],
])('is read by %s, which tells facts in order and ends when it is told', async (_what, start) => {
  const reader = start();
  if (reader === undefined) throw new Error('the program of readers is missing');
  expect(await reader.read([xmlOf(1), '<domain', xmlOf(2)])).toEqual([factsOfDefinition(xmlOf(1)), undefined, factsOfDefinition(xmlOf(2))]);
  expect(await reader.read([xmlOf(3)])).toEqual([factsOfDefinition(xmlOf(3))]);
  await reader[Symbol.asyncDispose]();
});

it('hears of a process that ended before it answered', async () => {
  const reader = startDefinitionReader();
  if (reader === undefined) throw new Error('the program of readers is missing');
  await reader.read([xmlOf(1)]);
  const answer = reader.read(Array.from({ length: 500 }, (_one, index) => xmlOf(index)));
  await reader[Symbol.asyncDispose]();
  await expect(answer).rejects.toThrow('the process that reads definitions ended with SIGKILL');
});
