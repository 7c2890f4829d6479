import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { writeIso } from '../osinfo/testing/media.ts';
import { openCli, type Cli } from './testing/open-cli.ts';

let cli: Cli;
beforeAll(async () => {
  vi.stubEnv('OSINFO_SYSTEM_DIR', path.join(import.meta.dirname, '../osinfo/testing/database'));
  vi.stubEnv('OSINFO_LOCAL_DIR', '/nowhere');
  vi.stubEnv('OSINFO_USER_DIR', '/nowhere');
  cli = await openCli();
});
afterAll(async () => {
  await cli.close();
  vi.unstubAllEnvs();
});

it('lists the operating systems of osinfo-db and our own, and those of a family', async () => {
  expect(await cli.run('osinfo-list')).toMatch(
    /^ Short ID +Name +Version +End of life +ID\n-+\n[^]* debian11, debianbullseye +Debian 11 +11 +- +http:\/\/debian.org\/debian\/11\n/,
  );
  const windows = await cli.run('osinfo-list', '--family', 'winnt');
  expect(windows).toContain(' win8 ');
  expect(windows).not.toContain('debian');
  const { systems, database } = JSON.parse(await cli.run('osinfo-list', '--family', 'debian', '--json')) as {
    systems: { shortIds: string[]; source: string }[];
    database: object;
  };
  expect(systems.map(({ shortIds, source }) => `${shortIds[0] ?? ''} ${source}`)).toEqual([
    'debian13 own list',
    'debian12 own list',
    'debian11 osinfo-db',
  ]);
  expect(database).toEqual({ state: 'there', package: 'osinfo-db', faults: [] });
});

it('says what one needs and knows', async () => {
  expect(await cli.run('osinfo-info', 'debian11')).toMatch(
    /^Short ID: +debian11, debianbullseye\n[^]*Minimum: +1 vCPU, 1 GiB of memory, 10 GiB of disk\n[^]*Disk bus: +virtio\n[^]*Cloud image: +https:/,
  );
  expect(await cli.run('osinfo-info', 'win11')).toMatch(/Secure Boot: +needed\nTPM: +2\.0 needed\n[^]*Clock: +localtime\n/);
  expect(await cli.fails('osinfo-info', 'debian99')).toMatch(
    /^error: failed to get operating system 'debian99'\nerror: No operating system is known as “debian99”/,
  );
});

it('says what a file is', async () => {
  const iso = await writeIso(path.join(cli.home, 'x.qcow2'), { volume: 'Debian 12.5.0 amd64 n', boots: ['bios', 'uefi'] });
  expect(await cli.run('identify', iso)).toBe(
    [
      `File:           ${iso}`,
      'What it is:     ISO image',
      'Volume ID:      Debian 12.5.0 amd64 n',
      'System ID:      ',
      'Publisher:      ',
      'Application:    ',
      'Boots:          bios, uefi',
      'OS:             debian12 (Debian 12; own list, by volume-id)',
      '\n',
    ].join('\n'),
  );
  expect(await cli.run('identify', await writeIso(path.join(cli.home, 'y'), { volume: 'ISOIMAGE' }))).toMatch(/OS: +unknown\n/);
  expect(JSON.parse(await cli.run('identify', cli.file('z', '<domain/>'), '--json'))).toMatchObject({ kind: 'domain-xml', systems: [] });
  expect(await cli.fails('identify', '/nothing/here')).toMatch(
    /^error: failed to identify '\/nothing\/here'\nerror: The file \/nothing\/here does not exist\./,
  );
});
