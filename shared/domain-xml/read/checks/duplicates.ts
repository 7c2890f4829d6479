import { allDevices } from '../../../domain/device-kinds.ts';
import type { Devices, Domain } from '../../../domain/domain.ts';
import { driveAddressOf } from '../devices/drive-address.ts';
import type { Reader } from '../reader/reader.ts';

/** Reports every item after the first that has a key already seen. Undefined keys never clash. */
const refuseTwins = <T>(items: readonly T[], key: (item: T) => string | number | undefined, report: (item: T, first: T) => void): void => {
  const seen = new Map<string | number, T>();
  for (const item of items) {
    const its = key(item);
    if (its === undefined) continue;
    const first = seen.get(its);
    if (first === undefined) seen.set(its, item);
    else report(item, first);
  }
};

const checkDisks = (domain: Reader, { disks, hostdevs }: Devices): void => {
  const add = (path: string, message: string): void => domain.findings.add('error', path, message);
  refuseTwins(
    disks,
    ({ target }) => target || undefined,
    (disk) => add(`${disk.path}/target/@dev`, `Two disks have the target '${disk.target}'.`),
  );
  // SCSI devices handed through share the SCSI controllers with disks.
  const drives = [
    ...disks.map(({ path, bus, target, address }) => ({ path, bus: bus as string, address: address ?? driveAddressOf(target, bus) })),
    ...hostdevs
      .filter(({ source }) => source.type === 'scsi' || source.type === 'scsi-iscsi')
      .map(({ path, address }) => ({ path, bus: 'scsi', address })),
  ];
  refuseTwins(
    drives,
    ({ bus, address }) =>
      address?.type === 'drive' ? [bus, address.controller, address.bus, address.target, address.unit].join(' ') : undefined,
    ({ path }) => add(`${path}/address`, 'This place on the controller is taken by another disk.'),
  );
  refuseTwins(
    disks,
    ({ wwn }) => wwn?.toLowerCase(),
    ({ path }) => add(`${path}/wwn`, 'Two disks have this WWN.'),
  );
};

const checkHostdevs = (domain: Reader, { hostdevs }: Devices): void => {
  refuseTwins(
    hostdevs,
    ({ source }) => {
      if (source.type === 'capabilities') return undefined;
      if (source.type === 'pci')
        return `pci ${source.address.domain}:${source.address.bus}:${source.address.slot}.${source.address.function}`;
      if (source.type === 'mdev') return `mdev ${source.uuid}`;
      return JSON.stringify(source);
    },
    ({ path }) => domain.findings.add('error', path, 'This device of the host is in the machine already.'),
  );
};

/** Finds what may be in a domain once only: targets, places, boot orders, aliases, ACPI indices, host devices. */
export function checkDuplicates(domain: Reader, { devices, os }: Domain): void {
  const all = allDevices(devices);
  const add = (path: string, message: string): void => domain.findings.add('error', path, message);
  const info = all.filter((device) => device.kind !== 'audio');
  checkDisks(domain, devices);
  checkHostdevs(domain, devices);
  refuseTwins(
    info,
    ({ bootOrder }) => bootOrder,
    (device) => add(`${device.path}/boot/@order`, `Two devices have the boot order ${device.bootOrder}.`),
  );
  const ordered = info.find(({ bootOrder }) => bootOrder !== undefined);
  if (ordered !== undefined && os.boot.length > 0) {
    add(`${ordered.path}/boot`, 'A boot order of devices and <os><boot> exclude each other: use one of them.');
  }
  // Only the user's own count: the others are given anew at each start. The console that stands for the first serial port
  // has its alias too, in running machines.
  const serials = new Set(devices.serials.map(({ alias }) => alias));
  const named = info.filter((device) => !(device.kind === 'console' && serials.has(device.alias)));
  refuseTwins(
    named,
    ({ alias }) => (alias?.startsWith('ua-') === true ? alias : undefined),
    (device) => add(`${device.path}/alias/@name`, `Two devices have the alias '${device.alias}'.`),
  );
  refuseTwins(
    info,
    ({ acpiIndex }) => acpiIndex,
    (device) => add(`${device.path}/acpi/@index`, `Two devices have the ACPI index ${device.acpiIndex}.`),
  );
  refuseTwins(
    // The console that stands for a serial port sits where that does.
    info.filter((device) => !(device.kind === 'console' && device.targetType === 'serial')),
    ({ address }) => (address?.type === 'pci' ? [address.domain, address.bus, address.slot, address.function].join(':') : undefined),
    ({ path }) => add(`${path}/address`, 'Another device sits at this PCI address.'),
  );
  refuseTwins(
    info,
    ({ address }) => (address?.type === 'pci' || address?.type === 'pci-auto' ? address.zpci?.uid : undefined),
    ({ path }) => add(`${path}/address/zpci/@uid`, 'Another device has this zPCI uid.'),
  );
  for (const { address, path } of os.arch?.startsWith('s390') === true ? [] : info) {
    if ((address?.type === 'pci' || address?.type === 'pci-auto') && address.zpci !== undefined) {
      add(`${path}/address/zpci`, 'zPCI addresses exist on s390 only.');
    }
  }
  refuseTwins(
    devices.audios,
    ({ id }) => id,
    ({ path, id }) => add(`${path}/@id`, `Two <audio> have the id ${id}.`),
  );
  refuseTwins(
    devices.controllers,
    // Companions of one EHCI controller share its index.
    ({ type, index, masterStartPort, model }) =>
      index === undefined || masterStartPort !== undefined || model?.startsWith('ich9-') === true ? undefined : `${type} ${index}`,
    ({ path, type, index }) => add(`${path}/@index`, `Two '${type}' controllers have the index ${index}.`),
  );
}
