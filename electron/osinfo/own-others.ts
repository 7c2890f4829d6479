import type { OsEntry } from './os-entry.types.ts';
import { bsdDevices, gib, iso, mib, system, windowsDevices, x86Firmware, type Own } from './own-builders.ts';

const freebsd = (version: string, released: string): OsEntry =>
  system(
    {
      id: `http://freebsd.org/freebsd/${version}`,
      shortId: `freebsd${version}`,
      name: `FreeBSD ${version}`,
      version,
      distro: 'freebsd',
      from: 'http://freebsd.org/freebsd/13.1',
      released,
      minimum: { cpus: 1, memory: 512 * mib, disk: 4 * gib },
      recommended: { memory: 2 * gib, disk: 20 * gib },
      media: [iso(`^${version.replace('.', '_')}_RELEASE_AMD64_(CD|DVD|BO)`)],
    },
    { family: 'freebsd', devices: bsdDevices, firmware: x86Firmware() },
  );

const openbsd = (version: string, released: string): OsEntry =>
  system(
    {
      id: `http://openbsd.org/openbsd/${version}`,
      shortId: `openbsd${version}`,
      name: `OpenBSD ${version}`,
      version,
      distro: 'openbsd',
      from: 'http://openbsd.org/openbsd/7.0',
      released,
      minimum: { cpus: 1, memory: 256 * mib, disk: 4 * gib },
      recommended: { memory: gib, disk: 20 * gib },
      media: [iso(`^OpenBSD/amd64 +${version.replace('.', '\\.')} Install CD`)],
    },
    { family: 'openbsd', devices: bsdDevices, firmware: x86Firmware() },
  );

const windows = (
  own: Pick<Own, 'id' | 'shortId' | 'name' | 'version' | 'minimum' | 'recommended' | 'released' | 'ends' | 'from'>,
  volumes: readonly string[],
  needs: Partial<OsEntry> = {},
): OsEntry =>
  system(
    { ...own, distro: 'win', media: volumes.map((volume) => iso(volume, { patterns: { publisher: '^MICROSOFT CORPORATION' } })) },
    { family: 'winnt', devices: windowsDevices, firmware: x86Firmware(), ...needs },
  );

/** Media of Windows 10 and 11 have the same names: of the consumer’s editions, of a business’s, and those that are tried out. */
const clients = ['^(J_)?(CCSN?A|C?CCOMA)_X64FREE?_', '^(J_)?CPBA_X64FREE?_', '^(J_)?CENN?A_X64FREV_'];
/** So have those of the servers since 2016. */
const servers = ['^SSS_X64FREE?_', '^SERVER_EVAL_X64FRE_'];

/** The BSDs and Windows. */
export const ownOthers: readonly OsEntry[] = [
  freebsd('13.2', '2023-04-11'),
  freebsd('13.3', '2024-03-05'),
  freebsd('14.0', '2023-11-20'),
  freebsd('14.1', '2024-06-04'),
  freebsd('14.2', '2024-12-03'),
  freebsd('14.3', '2025-06-10'),
  openbsd('7.3', '2023-04-10'),
  openbsd('7.4', '2023-10-16'),
  openbsd('7.5', '2024-04-05'),
  openbsd('7.6', '2024-10-08'),
  openbsd('7.7', '2025-04-28'),
  windows(
    {
      id: 'http://microsoft.com/win/10',
      shortId: 'win10',
      name: 'Microsoft Windows 10',
      version: '10.0',
      released: '2015-07-29',
      ends: '2025-10-14',
      minimum: { cpus: 1, memory: 2 * gib, disk: 20 * gib },
      recommended: { cpus: 2, memory: 4 * gib, disk: 40 * gib },
    },
    clients,
  ),
  windows(
    {
      id: 'http://microsoft.com/win/11',
      shortId: 'win11',
      name: 'Microsoft Windows 11',
      version: '11.0',
      from: 'http://microsoft.com/win/10',
      released: '2021-10-05',
      minimum: { cpus: 2, memory: 4 * gib, disk: 64 * gib },
      recommended: { cpus: 4, memory: 8 * gib, disk: 64 * gib },
    },
    clients,
    { firmware: x86Firmware(false), tpm: '2.0', secureBoot: true },
  ),
  ...(
    [
      ['2k16', '2016', '2016-10-12', '2027-01-12'],
      ['2k19', '2019', '2018-11-13', '2029-01-09'],
      ['2k22', '2022', '2021-08-18', '2031-10-14'],
      ['2k25', '2025', '2024-11-01', '2034-10-10'],
    ] as const
  ).map(([id, year, released, ends]) =>
    windows(
      {
        id: `http://microsoft.com/win/${id}`,
        shortId: `win${id}`,
        name: `Microsoft Windows Server ${year}`,
        version: '10.0',
        released,
        ends,
        minimum: { cpus: 1, memory: 2 * gib, disk: 32 * gib },
        recommended: { cpus: 2, memory: 4 * gib, disk: 64 * gib },
      },
      servers,
    ),
  ),
];
