import { z } from 'zod';
import { firstChild, parseXml, readDomain } from '../../../../shared/domain-xml/index.ts';
import type { Device } from '../../../../shared/domain/index.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import { aliasOf } from '../definitions/live-xml.ts';
import type { Backend, MachinePaths } from '../ports/ports.ts';
import { textOf, withAlias, withDevice, withPciBus } from '../definitions/edit-devices.ts';
import { devicesOf } from '../definitions/find-device.ts';

const props = z.record(z.string(), z.unknown());

/** Arguments of a QMP command. */
export type Props = Readonly<Record<string, unknown>>;

/** A device that has an alias. */
type PlacedDevice = Extract<Device, { readonly alias?: string }>;

/** How one device is added to a running QEMU. */
export interface DevicePlan {
  readonly alias: string;
  /** Arguments of `netdev_add`. */
  readonly netdev: Props | undefined;
  /** Arguments of `blockdev-add`, in the order in which they are added. */
  readonly blockdevs: readonly Props[];
  /** Arguments of `device_add`. */
  readonly device: Props;
  /** Monitor commands once the device is there: what has no property (limits). */
  readonly commands: readonly { readonly command: string; readonly arguments: Props }[];
  /** The element as the running machine's XML gets it, with alias and address. */
  readonly element: string;
  /** The device, read. */
  readonly model: PlacedDevice;
}

/** Stands for the new device's alias while it is planned; a user's alias, so that planning keeps it. */
const placeholder = 'ua-tapestry-new-device';

/**
 * Plans one more device for a running machine: plans the whole machine with it and takes what belongs to the device, so
 * that a device looks the same whether it was there from the start or came later.
 *
 * @param device the element's text
 * @param alias the alias that it gets
 * @throws TapestryError `xml-invalid`, `xml-unsupported`; `unsupported-operation` when it can't be added while the machine runs
 */
export async function planDevice(
  backend: Backend,
  paths: MachinePaths,
  liveXml: string,
  device: string,
  alias: string,
): Promise<DevicePlan> {
  const plan = async (text: string) => {
    const machine = withDevice(liveXml, withAlias(text, placeholder));
    const prepared = await backend.prepare(machine, paths);
    const options = optionsOf(prepared.plan.argv);
    return { xml: machine, after: prepared, planned: options, found: options.devices.find((one) => one['id'] === placeholder) };
  };
  const [before, first] = await Promise.all([backend.prepare(liveXml, paths), plan(device)]);
  const port =
    firstChild(parseXml(device).root, 'address') !== undefined ? undefined : otherPort(first.found, optionsOf(before.plan.argv).devices);
  const { xml, after, planned, found } = port === undefined ? first : await plan(withPciBus(device, port));
  if (found === undefined) {
    throw new TapestryError('unsupported-operation', 'This kind of device can’t be added while the machine runs.', {
      next: 'Add it for the next start.',
    });
  }
  const bus = typeof found['bus'] === 'string' ? found['bus'].split('.')[0] : undefined;
  const known = optionsOf(before.plan.argv).devices.map((one) => String(one['id']).split('.')[0]);
  if (bus !== undefined && !known.includes(bus) && !['pci', 'pcie', 'usb', 'ide', 'isa'].includes(bus)) {
    throw new TapestryError('unsupported-operation', 'The running machine has no free place for the device.', {
      next: 'Add it for the next start: then it gets a controller of its own.',
    });
  }
  if (bus === 'pci' || bus === 'pcie') requireBus(found, before.plan.argv, planned.devices);
  const named = (value: Props): Props => rename(value, placeholder, alias);
  const chain = blockChain(found, planned.blockdevs);
  const document = parseXml(after.plan.liveXml);
  const element = devicesOf(document).find((one) => aliasOf(one) === placeholder);
  const model = Object.values(readDomain(parseXml(xml)).domain.devices)
    .flat()
    .find((one): one is PlacedDevice => typeof one === 'object' && 'alias' in one && one.alias === placeholder);
  if (element === undefined || model === undefined)
    throw new TapestryError('internal', 'The planned device is not in the planned machine.');
  const netdev = planned.netdevs.find((one) => one['id'] === found['netdev']);
  return {
    alias,
    netdev: netdev === undefined ? undefined : named(netdev),
    blockdevs: chain.nodes.map((node) => renameNodes(node, chain.names, alias)),
    device: renameNodes(named(found), chain.names, alias),
    commands: (after.plan.monitorCommands ?? []).flatMap(({ command, arguments: args }) =>
      Object.values(args).some((value) => typeof value === 'string' && value.includes(placeholder))
        ? [{ command, arguments: named(args) }]
        : [],
    ),
    element: textOf(document, element).replaceAll(placeholder, alias),
    model: { ...model, alias },
  };
}

/**
 * The number of a free port that takes a device while the machine runs, where the one that a start would choose takes none
 * (`<target hotplug='off'/>`). undefined: the chosen one does.
 *
 * @throws TapestryError `unsupported-operation` where all free ones are such
 */
const otherPort = (device: Props | undefined, devices: readonly Props[]): number | undefined => {
  const fixed = (one: Props): boolean => one['hotplug'] === false || one['hotplug'] === 'off';
  if (!devices.some((one) => one['id'] === device?.['bus'] && fixed(one))) return undefined;
  const free = devices.find(
    (one) =>
      String(one['id']).startsWith('pci.') &&
      portDrivers.has(String(one['driver'])) &&
      !fixed(one) &&
      devices.every(({ bus }) => bus !== one['id']),
  );
  if (free !== undefined) return Number(String(free['id']).slice('pci.'.length));
  throw new TapestryError(
    'unsupported-operation',
    'The PCIe ports that are free in the running machine take no device while it runs (hotplug=off).',
    {
      next: 'Add the device for the next start.',
    },
  );
};

/** Controllers with one place for a PCIe device. */
const portDrivers: ReadonlySet<string> = new Set(['pcie-root-port', 'ioh3420', 'xio3130-downstream']);

/** A root port that only a new start would bring is no place in a running machine. */
const requireBus = (device: Props, argv: readonly string[], planned: readonly Props[]): void => {
  const bus = String(device['bus']);
  const { devices } = optionsOf(argv);
  if (devices.some((one) => one['id'] === bus) || bus === 'pci.0' || bus === 'pcie.0') return;
  const controller = planned.find((one) => one['id'] === bus)?.['driver'];
  if (controller === 'pcie-pci-bridge') {
    // On q35: there is no bridge, and what is free are ports for PCIe devices, which virtio's are.
    const freePort = devices.some(({ driver, id }) => driver === 'pcie-root-port' && devices.every((one) => one['bus'] !== id));
    const virtio = freePort && device['netdev'] !== undefined;
    throw new TapestryError(
      'unsupported-operation',
      `The running machine has no free conventional PCI slot, which a device of model ${String(device['driver'])} needs.`,
      {
        next: virtio
          ? 'Choose the model virtio (attach-interface --model virtio): a PCIe port is free. Or add the NIC for the next start.'
          : 'Add the device for the next start: then it gets one.',
        path: virtio ? '/domain/devices/interface/model/@type' : undefined,
      },
    );
  }
  const ports = devices.filter(({ driver }) => driver === 'pcie-root-port').length;
  throw new TapestryError(
    'unsupported-operation',
    ports === 0
      ? 'The running machine has no free PCI slot.'
      : `The running machine has no free PCI slot: all of its ${ports} PCIe ports are in use.`,
    {
      next:
        ports === 0
          ? 'Add the device for the next start: then it gets one.'
          : "Add the device for the next start: then it gets one. More ports for what comes later: <controller type='pci' model='pcie-root-port'/>, some of them.",
    },
  );
};

interface Options {
  readonly devices: readonly Props[];
  readonly netdevs: readonly Props[];
  readonly blockdevs: readonly Props[];
}

const optionsOf = (argv: readonly string[]): Options => {
  const of = (option: string): Props[] => argv.flatMap((word, index) => (argv[index - 1] === option ? [propsOf(word, option)] : []));
  return { devices: of('-device'), netdevs: of('-netdev'), blockdevs: of('-blockdev') };
};

/** An option's value: JSON, or (for a QEMU before 7.0) `key=value` with doubled commas, whose first word is the driver's or type's name. */
const propsOf = (word: string, option: string): Props => {
  if (word.startsWith('{')) return props.parse(JSON.parse(word));
  const pairs = word.split(/(?<!,),(?!,)/).map((pair) => pair.replaceAll(',,', ','));
  const [first = '', ...rest] = pairs;
  return Object.fromEntries([
    [option === '-device' ? 'driver' : 'type', first],
    ...rest.map((pair): [string, unknown] => {
      const at = pair.indexOf('=');
      const value = pair.slice(at + 1);
      return [pair.slice(0, at), value === 'on' ? true : value === 'off' ? false : value];
    }),
  ]);
};

const rename = (value: Props, from: string, to: string): Props =>
  Object.fromEntries(Object.entries(value).map(([key, one]) => [key, typeof one === 'string' ? one.replaceAll(from, to) : one]));

/** The block nodes below a device, deepest first (a node is added after those it names). */
const blockChain = (device: Props, blockdevs: readonly Props[]): { nodes: readonly Props[]; names: ReadonlySet<string> } => {
  const byName = new Map(blockdevs.map((node) => [node['node-name'], node]));
  const nodes: Props[] = [];
  const names = new Set<string>();
  let next: unknown = device['drive'];
  while (typeof next === 'string') {
    const node = byName.get(next);
    if (node === undefined || names.has(next)) break;
    nodes.unshift(node);
    names.add(next);
    next = node['file'];
  }
  return { nodes, names };
};

/** Node names are numbered over the whole machine; a device that comes later has its own, after its alias. */
const renameNodes = (value: Props, names: ReadonlySet<string>, alias: string): Props =>
  Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, typeof one === 'string' && names.has(one) ? nodeName(alias, one) : one]),
  );

/** QEMU takes 31 characters at most. */
const nodeName = (alias: string, name: string): string => `${alias}-${name.replace(/^libvirt-\d+-/, '')}`.slice(-31);
