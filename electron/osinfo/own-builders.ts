import type { Amounts, ImageEntry, MediumEntry, OsEntry, TreeEntry } from './os-entry.types.ts';

/** Bytes. */
export const gib = 1024 ** 3;
/** Bytes. */
export const mib = 1024 ** 2;

/** What every Linux of these years has drivers for, and firmware that its media start with (ids of osinfo-db’s `device/`). */
const linuxDevices: OsEntry['devices'] = [
  ...['1041', '1042', '1043', '1044', '1045', '1048', '1050', '1052', '1053', '105a'].map(
    (product) => `http://pcisig.com/pci/1af4/${product}`,
  ),
  ...['1000', '1001', '1002', '1003', '1004', '1005'].map((product) => `http://pcisig.com/pci/1af4/${product}`),
  'http://pcisig.com/pci/8086/10d3',
  'http://pcisig.com/pci/8086/100e',
  'http://pcisig.com/pci/8086/293e',
  'http://usb.org/usb/80ee/0021',
  'http://qemu.org/chipset/x86/q35',
].map((id) => ({ id, supported: true }));

/** FreeBSD and OpenBSD: virtio, but for its GPU. */
export const bsdDevices = linuxDevices.filter(({ id }) => !/1af4\/(?:1050|1053|105a)$/.test(id));

/** Windows brings no virtio. */
export const windowsDevices = linuxDevices.filter(({ id }) => !id.includes('/1af4/'));

/** Firmware that a system's media start with on x86_64. @param bios also without UEFI */
export function x86Firmware(bios = true): OsEntry['firmware'] {
  return [
    { arch: 'x86_64', type: 'efi', supported: true },
    { arch: 'x86_64', type: 'bios', supported: bios },
  ];
}

/** What is written of one of our systems. */
export interface Own {
  readonly id: string;
  readonly shortId: string;
  readonly name: string;
  readonly version: string;
  readonly distro: string;
  readonly from?: string;
  readonly released?: string;
  readonly ends?: string;
  readonly codename?: string;
  readonly minimum: Amounts;
  readonly recommended?: Amounts;
  readonly media: readonly MediumEntry[];
  readonly trees?: readonly TreeEntry[];
  readonly images?: readonly ImageEntry[];
}

/** An entry of a system, with what its family has. */
export function system(own: Own, parts: Partial<OsEntry>): OsEntry {
  return {
    id: own.id,
    shortIds: [own.shortId],
    name: own.name,
    version: own.version,
    distro: own.distro,
    ...(own.released === undefined ? {} : { released: own.released }),
    ...(own.ends === undefined ? {} : { ends: own.ends }),
    ...(own.codename === undefined ? {} : { codename: own.codename }),
    derivesFrom: own.from === undefined ? [] : [own.from],
    clones: [],
    upgrades: [],
    devices: [],
    firmware: [],
    resources: [
      { arch: 'all', inherit: false, minimum: own.minimum, ...(own.recommended === undefined ? {} : { recommended: own.recommended }) },
    ],
    media: own.media,
    trees: own.trees ?? [],
    images: own.images ?? [],
    scripts: [],
    ...parts,
  };
}

/** A Linux of these years. */
export function linux(own: Own): OsEntry {
  return system(own, { family: 'linux', devices: linuxDevices, firmware: x86Firmware() });
}

/** A medium that is known by its volume id. @param volumeId pattern of osinfo's kind */
export function iso(volumeId: string, more: Partial<MediumEntry> = {}): MediumEntry {
  return {
    arch: 'x86_64',
    live: false,
    installer: true,
    variants: [],
    ...more,
    patterns: { volumeId, ...more.patterns },
  };
}

/** A qcow2 image with cloud-init. @param username the user that it makes */
export function cloud(url: string, username: string): ImageEntry {
  return {
    arch: 'x86_64',
    format: 'qcow2',
    cloudInit: true,
    variants: [],
    url,
    username,
  };
}
