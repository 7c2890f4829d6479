import type { Hostdev, PciAddress } from '../../../shared/domain/index.ts';
import { scsiModelOf } from '../plan/aliases.ts';
import { invalid, unsupported, type Draft } from '../plan/draft.ts';
import type { CommandLine } from './builder.ts';
import type { OptionProps } from './options.ts';
import { addIscsiHostdev } from './network-storage.ts';

/** Address of a PCI device of the host as QEMU takes it: `0000:06:12.5`. */
export function pciHost(address: Pick<PciAddress, 'domain' | 'bus' | 'slot' | 'function'>): string {
  const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0');
  return `${hex(address.domain, 4)}:${hex(address.bus, 2)}:${hex(address.slot, 2)}.${address.function.toString(16)}`;
}

/**
 * Adds devices of the host that are handed through. A start refuses them: binding drivers and rights on device nodes
 * is not ours to do.
 *
 * @param nextNode number of the next block node
 */
export function addHostdevs(line: CommandLine, nextNode: number): void {
  let node = nextNode;
  line.each(line.draft.devices.hostdevs, (hostdev) => {
    if (line.starts) throw unsupported(hostdev.path, 'Handing devices of the host through to the machine is not supported.');
    if (hostdev.address?.type === 'unassigned') return;
    const { source } = hostdev;
    switch (source.type) {
      case 'pci':
        line.device({
          driver: 'vfio-pci',
          host: pciHost(source.address),
          id: hostdev.alias,
          bootindex: hostdev.bootIndex,
          ...line.place(hostdev),
          failover_pair_id: hostdev.teamingPersistent,
        });
        break;
      case 'usb':
        line.device(usbProps(line, hostdev, source));
        break;
      case 'mdev':
        line.device({
          driver: source.ramfb === true ? 'vfio-pci-nohotplug' : source.model,
          id: hostdev.alias,
          sysfsdev: `/sys/bus/mdev/devices/${source.uuid}`,
          // Off is libvirt's choice where the XML leaves it open.
          display: source.model === 'vfio-pci' ? (source.display === true ? 'on' : 'off') : undefined,
          ramfb: source.ramfb === true ? true : undefined,
          bootindex: hostdev.bootIndex,
          ...line.place(hostdev),
        });
        break;
      case 'scsi-iscsi': {
        const drive = addIscsiHostdev(
          line,
          { type: 'network', path: `${hostdev.path}/source`, protocol: 'iscsi', ...withoutType(source) },
          `libvirt-${node++}-backend`,
          hostdev.readOnly,
        );
        line.device({ driver: 'scsi-generic', drive, id: hostdev.alias, ...scsiPlace(line, hostdev), bootindex: hostdev.bootIndex });
        break;
      }
      case 'scsi':
        throw unsupported(
          `${hostdev.path}/source/adapter`,
          "The device node of a SCSI host adapter's device can't be known without asking this host.",
        );
      case 'scsi_host': {
        const fd = line.descriptor({ kind: 'file', opaque: `${line.id(hostdev)}-vhost`, path: '/dev/vhost-scsi', flags: 'read-write' });
        line.device({
          driver: line.virtioType('vhost-scsi', hostdev.address, hostdev.model, hostdev.path),
          wwpn: source.wwpn,
          vhostfd: fd,
          id: hostdev.alias,
          ...line.place(hostdev),
        });
        break;
      }
      case 'capabilities':
        throw unsupported(`${hostdev.path}/@mode`, 'Devices handed over as capabilities exist for containers only.');
    }
  });
}

const withoutType = (source: Extract<Hostdev['source'], { type: 'scsi-iscsi' }>) => {
  const { type: _, ...rest } = source;
  return rest;
};

const scsiPlace = (line: CommandLine, hostdev: Draft<Hostdev>): OptionProps => {
  const { address } = hostdev;
  if (address?.type !== 'drive') throw invalid(`${hostdev.path}/address`, 'A SCSI device needs an address of type drive.');
  const bus = `${line.controllerAlias('scsi', address.controller, hostdev.path)}.0`;
  if (scsiModelOf(line.draft, address.controller) === 'lsilogic') {
    if (address.target !== 0) line.refuse(invalid(`${hostdev.path}/address/@target`, "The target must be 0 on an 'lsilogic' controller."));
    if (address.unit > 7) line.refuse(invalid(`${hostdev.path}/address/@unit`, "An 'lsilogic' controller has units 0 to 7."));
    return { bus, 'scsi-id': address.unit };
  }
  return { bus, channel: address.bus, 'scsi-id': address.target, lun: address.unit };
};

const usbProps = (line: CommandLine, hostdev: Draft<Hostdev>, source: Extract<Hostdev['source'], { type: 'usb' }>): OptionProps => {
  if (source.bus === undefined || source.device === undefined) {
    throw unsupported(
      `${hostdev.path}/source`,
      "A USB device named by vendor and product can't be found without asking this host.",
      'Name it by <address bus device>.',
    );
  }
  const three = (n: number) => String(n).padStart(3, '0');
  const guestReset = {
    off: { 'guest-reset': false },
    uninitialized: { 'guest-reset': true, 'guest-resets-all': false },
    on: { 'guest-reset': true, 'guest-resets-all': true },
  };
  return {
    driver: 'usb-host',
    hostdevice: `/dev/bus/usb/${three(source.bus)}/${three(source.device)}`,
    ...(source.guestReset === undefined ? {} : guestReset[source.guestReset]),
    id: hostdev.alias,
    bootindex: hostdev.bootIndex,
    ...line.place(hostdev),
  };
};
