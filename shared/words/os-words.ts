import type { Identified, OsFacts } from '../contract/os.ts';

const kinds: Readonly<Record<Exclude<Identified['kind'], 'disk' | 'iso' | 'compressed'>, string>> = {
  ova: 'Virtual appliance (OVA)',
  ovf: 'Description of a virtual appliance (OVF)',
  'domain-xml': 'libvirt domain XML',
  archive: 'Archive',
  'install-tree': 'Installation tree',
  folder: 'Folder',
  empty: 'Empty file',
  unknown: 'Unknown content',
};

const names: Readonly<Record<NonNullable<Identified['compression']>, string>> = { gzip: 'gzip', xz: 'xz', zstd: 'zstd', bzip2: 'bzip2' };

/** What a file is, in a few words that can stand alone: “ISO image”, “Disk image (qcow2)”. */
export function identifiedWords({ kind, format, partitions, compression, iso }: Identified): string {
  if (kind === 'iso') return iso?.complete === false ? 'ISO image, cut short' : 'ISO image';
  if (kind === 'disk') return `Disk image (${format ?? 'raw'}${partitions === null ? '' : `, ${partitions.toUpperCase()}`})`;
  if (kind === 'compressed') return `Compressed file (${compression === null ? 'unknown' : names[compression]})`;
  return kinds[kind];
}

/** The names of the systems that a medium may be: “Microsoft Windows 10 or Microsoft Windows 11”; undefined where it is none that is known. */
export function systemWords({ systems }: Pick<Identified, 'systems'>): string | undefined {
  const [last, ...before] = systems.map(({ name }) => name).toReversed();
  return last === undefined ? undefined : before.length === 0 ? last : `${before.toReversed().join(', ')} or ${last}`;
}

const byWords: Readonly<Record<Identified['systems'][number]['by'][number], string>> = {
  'volume-id': 'volume name',
  'system-id': 'system name',
  'publisher-id': 'publisher',
  'application-id': 'application',
  'volume-size': 'size',
  treeinfo: '.treeinfo',
};

/** By what of its content a system was known, and whose list says so: “by its volume name, in osinfo-db”. */
export function reasonWords({ by, source }: Pick<Identified['systems'][number], 'by' | 'source'>): string {
  const parts = by.map((one) => byWords[one]);
  const last = parts.at(-1) ?? '';
  const all = parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
  return `by its ${all}, in ${source === 'own list' ? 'Tapestry’s own list' : source}`;
}

const gib = 1024 ** 3;
const size = (bytes: number): string =>
  bytes >= gib ? `${String(Math.round((bytes / gib) * 10) / 10)} GiB` : `${String(Math.round(bytes / 1024 ** 2))} MiB`;

/** Amounts that a system needs: “2 vCPUs, 4 GiB of memory, 64 GiB of disk”; a dash where none is known. */
export function osSizeWords({ cpus, memory, disk }: OsFacts['minimum']): string {
  const parts = [
    ...(cpus === undefined ? [] : [`${String(cpus)} ${cpus === 1 ? 'vCPU' : 'vCPUs'}`]),
    ...(memory === undefined ? [] : [`${size(memory)} of memory`]),
    ...(disk === undefined ? [] : [`${size(disk)} of disk`]),
  ];
  return parts.length === 0 ? '-' : parts.join(', ');
}

/** Makers whose names osinfo's ids spell otherwise than they do. */
const makers: Readonly<Record<string, string>> = {
  almalinux: 'AlmaLinux',
  alpinelinux: 'Alpine Linux',
  archlinux: 'Arch Linux',
  centos: 'CentOS',
  'centos-stream': 'CentOS Stream',
  freebsd: 'FreeBSD',
  netbsd: 'NetBSD',
  nixos: 'NixOS',
  openbsd: 'OpenBSD',
  opensuse: 'openSUSE',
  rhel: 'Red Hat Enterprise Linux',
  rocky: 'Rocky Linux',
  win: 'Windows',
};

/** A system's name by its id alone, where no list is at hand: `http://debian.org/debian/12` is “Debian 12”. */
export function osIdWords(id: string): string {
  const [, maker, version = ''] = /^https?:\/\/[^/]+\/([^/]+)(?:\/([^/]+))?/.exec(id) ?? [];
  if (maker === undefined) return id;
  const name = makers[maker] ?? `${maker.slice(0, 1).toUpperCase()}${maker.slice(1)}`;
  const server = maker === 'win' ? /^2k(\d+)(r2)?$/.exec(version) : null;
  if (server) return `Windows Server 20${(server[1] ?? '').padStart(2, '0')}${server[2] === undefined ? '' : ' R2'}`;
  return version === '' || version === 'rolling' || version === 'unknown' ? name : `${name} ${version}`;
}
