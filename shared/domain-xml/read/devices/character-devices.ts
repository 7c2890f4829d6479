import type { Channel, ChannelTarget } from '../../../domain/channel.ts';
import type { Console, ConsoleTargetType } from '../../../domain/console.ts';
import { made } from '../../../domain/made.ts';
import type { Parallel } from '../../../domain/parallel.ts';
import type { Serial, SerialTargetModel, SerialTargetType } from '../../../domain/serial.ts';
import type { Reader } from '../reader/reader.ts';
import { readChardev } from './chardev.ts';
import { readInfo } from './info.ts';
import { ipFamily } from './ip.ts';

const port = { max: 0x7fffffff };

const serialTypes: readonly SerialTargetType[] = [
  'isa-serial',
  'usb-serial',
  'pci-serial',
  'spapr-vio-serial',
  'system-serial',
  'sclp-serial',
  'isa-debug',
];
const serialModels: readonly SerialTargetModel[] = [
  'isa-serial',
  'usb-serial',
  'pci-serial',
  'spapr-vty',
  'pl011',
  '16550a',
  'sclpconsole',
  'sclplmconsole',
  'isa-debugcon',
];

/** Which target models go with which target types. */
const modelsOfType: Readonly<Record<SerialTargetType, readonly SerialTargetModel[]>> = {
  'isa-serial': ['isa-serial'],
  'usb-serial': ['usb-serial'],
  'pci-serial': ['pci-serial'],
  'spapr-vio-serial': ['spapr-vty'],
  'system-serial': ['pl011', '16550a'],
  'sclp-serial': ['sclpconsole', 'sclplmconsole'],
  'isa-debug': ['isa-debugcon'],
};

/** Reads a `<serial>`. */
export function readSerial(reader: Reader): Serial {
  const target = reader.child('target');
  const targetType = target?.oneOf('type', serialTypes);
  const model = target?.child('model');
  const targetModel = model?.oneOf('name', serialModels);
  if (model !== undefined && model.attribute('name') === undefined) model.error('<model> needs the attribute "name".', 'name');
  if (targetType !== undefined && targetModel !== undefined && !modelsOfType[targetType].includes(targetModel)) {
    model?.error(`The model '${targetModel}' does not go with a target of type '${targetType}'.`, 'name');
  }
  reader.ignore('tty');
  return made<Serial>({
    ...readInfo(reader),
    kind: 'serial',
    source: readChardev(reader),
    targetType,
    targetModel,
    port: target?.integer('port', port),
  });
}

/** Reads a `<parallel>`. */
export function readParallel(reader: Reader): Parallel {
  return made<Parallel>({
    ...readInfo(reader),
    kind: 'parallel',
    source: readChardev(reader),
    port: reader.child('target')?.integer('port', port),
  });
}

const consoleTypes: readonly ConsoleTargetType[] = ['none', 'serial', 'virtio', 'xen', 'xenfb', 'uml', 'lxc', 'openvz', 'sclp', 'sclplm'];

/** Reads a `<console>`. The attribute `tty` is an old live spelling of the pty's path. */
export function readConsole(reader: Reader): Console {
  const target = reader.child('target');
  reader.ignore('tty');
  return made<Console>({
    ...readInfo(reader),
    kind: 'console',
    source: readChardev(reader),
    targetType: target?.oneOf('type', consoleTypes),
    port: target?.integer('port', port),
  });
}

const readChannelTarget = (reader: Reader): ChannelTarget => {
  const target = reader.child('target');
  if (target === undefined) {
    reader.error('<channel> needs a <target>.');
    return { type: 'virtio' };
  }
  const type = target.requiredOneOf('type', ['virtio', 'guestfwd', 'xen'], 'virtio');
  if (type === 'guestfwd') {
    const address = target.required('address');
    if (address !== '' && ipFamily(address) !== 'ipv4') target.error(`'${address}' is not an IPv4 address.`, 'address');
    return { type, address, port: target.requiredInteger('port', { min: 1, max: 65535 }) };
  }
  const name = target.filled('name');
  if (type === 'xen') return made<ChannelTarget>({ type, name });
  return made<ChannelTarget>({ type, name, state: target.oneOf('state', ['connected', 'disconnected']) });
};

/** Reads a `<channel>`. */
export function readChannel(reader: Reader): Channel {
  const target = readChannelTarget(reader);
  return made<Channel>({ ...readInfo(reader), kind: 'channel', source: readChardev(reader, target.type === 'virtio'), target });
}
