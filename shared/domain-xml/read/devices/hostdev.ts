import type { Hostdev, HostdevSource } from '../../../domain/hostdev.ts';
import { made } from '../../../domain/made.ts';
import type { Reader } from '../reader/reader.ts';
import { readPciAddress } from './address.ts';
import { readInfo } from './info.ts';
import { readAuth, readHosts } from './storage-source.ts';

const noAddress = { type: 'pci', domain: 0, bus: 0, slot: 0, function: 0 } as const;

const readUsb = (source: Reader): HostdevSource => {
  const address = source.child('address');
  const id = (name: string) => source.child(name)?.integer('id', { max: 0xffff, hex: true });
  const usb = made<Extract<HostdevSource, { type: 'usb' }>>({
    type: 'usb',
    vendor: id('vendor'),
    product: id('product'),
    bus: address?.integer('bus', { min: 1, max: 0xffffffff, hex: true }),
    device: address?.integer('device', { min: 1, max: 0xffffffff, hex: true }),
    startupPolicy: source.oneOf('startupPolicy', ['mandatory', 'requisite', 'optional']),
    guestReset: source.oneOf('guestReset', ['off', 'uninitialized', 'on']),
  });
  address?.ignore('port', 'type');
  if (usb.vendor === undefined && usb.bus === undefined) source.error('A USB device needs its <vendor> and <product>, or its <address>.');
  return usb;
};

const readScsi = (source: Reader): HostdevSource => {
  if (source.attribute('protocol') !== undefined) {
    source.oneOf('protocol', ['iscsi']);
    return made<HostdevSource>({
      type: 'scsi-iscsi',
      name: source.required('name'),
      hosts: readHosts(source),
      auth: readAuth(source.child('auth'), 'iscsi'),
      initiator: source.child('initiator')?.child('iqn')?.attribute('name'),
    });
  }
  const address = source.child('address');
  const adapter = source.child('adapter');
  if (address === undefined || adapter === undefined) source.error('A SCSI device needs <adapter name=…/> and <address>.');
  address?.ignore('type');
  const number = (name: string) => address?.integer(name, { max: 0xffffffff }) ?? 0;
  return {
    type: 'scsi',
    adapter: adapter?.required('name') ?? '',
    address: { bus: number('bus'), target: number('target'), unit: number('unit') },
  };
};

const readMdev = (reader: Reader, source: Reader): HostdevSource => {
  const address = source.child('address');
  if (address?.attribute('uuid') === undefined) source.error('A mediated device needs <address uuid=…/>.');
  return made<HostdevSource>({
    type: 'mdev',
    model: reader.requiredOneOf('model', ['vfio-pci', 'vfio-ccw', 'vfio-ap'], 'vfio-pci'),
    uuid: address?.uuid('uuid') ?? '',
    display: reader.onOff('display'),
    ramfb: reader.onOff('ramfb'),
  });
};

const readSource = (reader: Reader, mode: Hostdev['mode']): HostdevSource => {
  const source = reader.child('source');
  if (source === undefined) {
    reader.error('<hostdev> needs a <source>.');
    return { type: 'pci', address: noAddress };
  }
  if (mode === 'capabilities') {
    reader.findings.claimTree(source.element);
    return { type: 'capabilities', what: reader.attribute('type') ?? '' };
  }
  switch (reader.requiredOneOf('type', ['pci', 'usb', 'scsi', 'scsi_host', 'mdev'], 'pci')) {
    case 'pci': {
      const address = source.child('address');
      if (address === undefined) source.error('A PCI device needs its <address>.');
      address?.ignore('type');
      return made<HostdevSource>({
        type: 'pci',
        address: address === undefined ? noAddress : readPciAddress(address),
        writeFiltering: source.yesNo('writeFiltering'),
        driver: reader.child('driver')?.oneOf('name', ['kvm', 'vfio', 'xen']),
      });
    }
    case 'usb':
      return readUsb(source);
    case 'scsi':
      return readScsi(source);
    case 'scsi_host': {
      const wwpn = source.required('wwpn');
      if (wwpn !== '' && !/^naa\.[0-9a-fA-F]{16}$/.test(wwpn)) source.error("A wwpn is 'naa.' and 16 hexadecimal digits.", 'wwpn');
      return { type: 'scsi_host', protocol: source.requiredOneOf('protocol', ['vhost'], 'vhost'), wwpn };
    }
    case 'mdev':
      return readMdev(reader, source);
  }
};

/** Reads a `<hostdev>`. */
export function readHostdev(reader: Reader): Hostdev {
  const mode = reader.oneOf('mode', ['subsystem', 'capabilities']) ?? 'subsystem';
  const source = readSource(reader, mode);
  const teaming = reader.child('teaming');
  teaming?.oneOf('type', ['transient']);
  return made<Hostdev>({
    ...readInfo(reader),
    kind: 'hostdev',
    mode,
    managed: reader.yesNo('managed'),
    source,
    model: source.type === 'mdev' ? undefined : reader.filled('model'),
    readOnly: reader.has('readonly'),
    shareable: reader.has('shareable'),
    rawio: reader.yesNo('rawio'),
    sgio: reader.oneOf('sgio', ['filtered', 'unfiltered']),
    teamingPersistent: teaming?.filled('persistent'),
  });
}
