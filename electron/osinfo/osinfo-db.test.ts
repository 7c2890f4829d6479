import { mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperatingSystems } from './operating-systems.ts';
import { readDatabase } from './read-database.ts';
import { ownMedia, unknownMedia } from './testing/known-media.ts';
import { writeIso, type MadeIso } from './testing/media.ts';

const installed = '/usr/share/osinfo';

describe.skipIf(!existsSync(`${installed}/os`))('osinfo-db as it is installed here (package osinfo-db)', () => {
  let root: string;
  let systems: OperatingSystems;
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'osinfo-db-'));
    systems = new OperatingSystems({
      folders: [installed],
      file: path.join(root, 'c.json'),
      read: readDatabase,
      log: (error) => expect(error).toBeUndefined(),
    });
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  const shortIds = async (made: MadeIso) =>
    (await systems.identify(await writeIso(path.join(root, 'x'), made))).systems.map(({ shortId }) => shortId);

  it('is read whole: every file, and every pattern in it', async () => {
    const { systems: all, database } = await systems.list('x86_64');
    expect(database).toEqual({ state: 'there', package: 'osinfo-db', faults: [] });
    expect(all.length).toBeGreaterThan(700);
  });

  it.each<[MadeIso, string]>([
    [{ volume: 'Debian 11.6.0 amd64 n' }, 'debian11'],
    [{ volume: 'Debian 10.13.0 amd64 n' }, 'debian10'],
    [{ volume: 'Ubuntu 22.04.3 LTS amd64' }, 'ubuntu22.04'],
    [{ volume: 'Ubuntu-Server 20.04.6 LTS amd64' }, 'ubuntu20.04'],
    [{ volume: 'Fedora-WS-Live-37-1-7' }, 'fedora37'],
    [{ volume: 'alpine-std 3.17.0 x86_64', system: 'LINUX' }, 'alpinelinux3.17'],
    [{ volume: 'Fedora-WS-Live-400-1-1' }, 'fedora-unknown'],
  ])('knows %o', async (made, expected) => {
    expect(await shortIds(made)).toContain(expected);
  });

  it.each(ownMedia)('leaves to our own list: %o', async (made, expected) => {
    expect(await shortIds(made)).toEqual(expected);
  });

  it.each(unknownMedia)('doesn’t know %o', async (made) => {
    expect(await shortIds(made)).toEqual([]);
  });

  it('says what systems need and know, with all that they inherit', async () => {
    expect(await systems.facts('debian11', 'x86_64')).toMatchObject({
      diskBus: 'virtio',
      nicModel: 'virtio',
      uefi: true,
      video: 'virtio',
      machine: 'q35',
    });
    expect(await systems.facts('win11', 'x86_64')).toMatchObject({
      tpm: '2.0',
      uefi: true,
      bios: false,
      diskBus: 'sata',
      clock: 'localtime',
    });
    expect(await systems.facts('winxp', 'i686')).toMatchObject({
      diskBus: 'ide',
      machine: 'pc',
      hyperv: false,
      uefi: null,
    });
    expect(await systems.facts('debian12', 'x86_64')).toMatchObject({ diskBus: 'virtio', tablet: true, agentChannel: true });
  });
});
