import type { OsFacts, OsSource, OsSummary } from '../../shared/contract/os.ts';
import { devicesOf, firmwareOf, relatedOf, resourcesOf, type FindOs } from './inherited.ts';
import type { OsEntry } from './os-entry.types.ts';

/** Ids of osinfo-db's devices by QEMU's names, the legacy and the modern one of each (device/pcisig.com). */
const pci = (vendor: string, ...products: readonly string[]): readonly string[] =>
  products.map((product) => `http://pcisig.com/pci/${vendor}/${product}`);
const ids = {
  block: pci('1af4', '1001', '1042'),
  scsi: pci('1af4', '1004', '1048'),
  net: pci('1af4', '1000', '1041'),
  console: pci('1af4', '1003', '1043'),
  rng: pci('1af4', '1005', '1044'),
  balloon: pci('1af4', '1002', '1045'),
  gpu: pci('1af4', '1050'),
  tablet: ['http://usb.org/usb/80ee/0021'],
  q35: ['http://qemu.org/chipset/x86/q35'],
} as const;

const nics: readonly (readonly [NonNullable<OsFacts['nicModel']>, readonly string[]])[] = [
  ['virtio', ids.net],
  ['e1000e', pci('8086', '10d3')],
  ['e1000', pci('8086', '100e')],
  ['rtl8139', pci('10ec', '8139')],
  ['pcnet', pci('1022', '2000')],
  ['ne2k_pci', pci('10ec', '8029')],
];
const sounds: readonly (readonly [NonNullable<OsFacts['sound']>, readonly string[]])[] = [
  ['ich9', pci('8086', '293e')],
  ['ich6', pci('8086', '2668')],
  ['ac97', pci('8086', '2415')],
];

/** What is for this processor: its own, and what is for any. */
const forArch = <T extends { readonly arch: string }>(entries: readonly T[], arch: string): readonly T[] =>
  entries.filter((entry) => entry.arch === arch || entry.arch === 'all');

/** What a list shows of a system. @param arch the processor of the connection's host, as osinfo names it */
export function summaryOf(system: OsEntry, source: OsSource, arch: string): OsSummary {
  return {
    id: system.id,
    shortIds: [...system.shortIds],
    name: system.name ?? system.shortIds[0] ?? system.id,
    version: system.version ?? null,
    family: system.family ?? null,
    distro: system.distro ?? null,
    codename: system.codename ?? null,
    released: system.released ?? null,
    ends: system.ends ?? null,
    hasMedia:
      forArch(system.media, arch).some(({ url }) => url !== undefined) || forArch(system.trees, arch).some(({ url }) => url !== undefined),
    hasImages: forArch(system.images, arch).some(({ url }) => url !== undefined),
    source,
  };
}

/** Windows is helped by Hyper-V's enlightenments since Vista (version 6), whatever its name says. */
const takesHyperv = (system: OsEntry): boolean => system.family === 'winnt' && Number.parseFloat(system.version ?? '') >= 6;

/**
 * What a system needs and what it knows, with all that it inherits.
 *
 * @param find the other systems of the same list
 */
export function factsOf(system: OsEntry, source: OsSource, arch: string, find: FindOs): OsFacts {
  const related = relatedOf(system, find);
  const devices = devicesOf(related);
  /** null: nothing is known of any device. */
  const has = (wanted: readonly string[]): boolean | null => (devices === undefined ? null : wanted.some((id) => devices.has(id)));
  const first = <T>(choices: readonly (readonly [T, readonly string[]])[]): T | null =>
    choices.find(([, wanted]) => has(wanted) === true)?.[0] ?? null;
  const [bios, uefi] = [firmwareOf(related, 'bios', arch), firmwareOf(related, 'efi', arch)];
  // A system that doesn't name the chipset but starts with UEFI is younger than it.
  const express = has(ids.q35) === true || uefi === true;
  return {
    ...summaryOf(system, source, arch),
    arch,
    minimum: { ...resourcesOf(related, 'minimum', arch) },
    recommended: { ...resourcesOf(related, 'recommended', arch) },
    bios,
    uefi,
    secureBoot: system.secureBoot === true ? 'needed' : null,
    tpm: system.tpm ?? null,
    machine: devices === undefined && uefi === null ? null : express ? 'q35' : 'pc',
    diskBus: devices === undefined ? null : has(ids.block) === true ? 'virtio' : has(ids.scsi) === true ? 'scsi' : express ? 'sata' : 'ide',
    nicModel: first(nics),
    video: devices === undefined ? null : has(ids.gpu) === true ? 'virtio' : 'vga',
    sound: first(sounds),
    tablet: has(ids.tablet),
    rng: has(ids.rng),
    balloon: has(ids.balloon),
    agentChannel: has(ids.console),
    // As virt-install does (virtinst/osdict.py): these two keep the computer's clock in local time.
    clock: system.family === 'winnt' || system.family === 'solaris' ? 'localtime' : 'utc',
    hyperv: takesHyperv(system),
    media: forArch(system.media, arch).map(({ variants, live, installer, url, kernel, initrd }) => ({
      arch,
      variants: [...variants],
      live,
      installer,
      ...(url === undefined ? {} : { url }),
      ...(kernel === undefined ? {} : { kernel }),
      ...(initrd === undefined ? {} : { initrd }),
    })),
    trees: forArch(system.trees, arch).map(({ url, kernel, initrd }) => ({
      arch,
      variants: [],
      ...(url === undefined ? {} : { url }),
      ...(kernel === undefined ? {} : { kernel }),
      ...(initrd === undefined ? {} : { initrd }),
    })),
    images: forArch(system.images, arch).map(({ variants, format, cloudInit, url, username }) => ({
      arch,
      variants: [...variants],
      cloudInit,
      ...(format === undefined ? {} : { format }),
      ...(url === undefined ? {} : { url }),
      ...(username === undefined ? {} : { username }),
    })),
    scripts: [...system.scripts],
  };
}
