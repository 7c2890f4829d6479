import { firstChild, parseXml, readDomain } from '../../../../shared/domain-xml/index.ts';
import type { Device } from '../../../../shared/domain/index.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import type { LaunchPlan, MonitorCommand } from '../../../qemu/plan/launch-plan.types.ts';
import { isDescriptorList, propsOf, wordOf, type OptionProps, type OptionValue } from '../../../qemu/plan/planned-option.ts';
import { aliasOf } from '../definitions/live-xml.ts';
import type { Backend, MachinePaths } from '../ports/ports.ts';
import { aliasesOf, withAlias, withPciBus } from '../definitions/edit-devices.ts';
import { textOf, withDevice } from '../../../../shared/domain-xml/edit/texts.ts';
import { devicesOf } from '../definitions/find-device.ts';

/** Arguments of a QMP command. */
export type Props = Readonly<Record<string, unknown>>;

/** A device that has an alias. */
type PlacedDevice = Extract<Device, { readonly alias?: string }>;

/** How one device is added to a running QEMU. */
export interface DevicePlan {
  readonly alias: string;
  /** Arguments of `netdev_add`; its descriptors are those of a start, and are yet to be named. */
  readonly netdev: OptionProps | undefined;
  /** Arguments of `object-add`: what the device stands on. */
  readonly objects: readonly Props[];
  /** Arguments of `blockdev-add`, in the order in which they are added. */
  readonly blockdevs: readonly Props[];
  /** Arguments of `device_add`. */
  readonly device: Props;
  /** Monitor commands once the device is there: what has no property (limits). */
  readonly commands: readonly MonitorCommand[];
  /** The element as the running machine's XML gets it, with alias and address. */
  readonly element: string;
  /** The device, read. */
  readonly model: PlacedDevice;
}

/**
 * Plans one more device for a running machine: plans the whole machine with it and takes what is there for the device, so
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
  const running = aliasesOf(parseXml(liveXml));
  const planWith = async (text: string) => {
    const xml = withDevice(parseXml(liveXml), withAlias(text, alias)).text;
    const plan = await backend.prepareRunning(xml, paths);
    return { xml, plan, ...devicesIn(plan, alias, running) };
  };
  const first = await planWith(device);
  const port = firstChild(parseXml(device).root, 'address') === undefined ? otherPort(first.found, first.present) : undefined;
  const { xml, plan, found, present, added } = port === undefined ? first : await planWith(withPciBus(device, port));
  if (found === undefined) {
    throw new TapestryError('unsupported-operation', 'This kind of device can’t be added while the machine runs.', {
      next: 'Add it for the next start.',
    });
  }
  const [bus = ''] = wordOf(found, 'bus').split('.');
  const known = present.map((one) => wordOf(one, 'id').split('.')[0]);
  if (bus !== '' && !known.includes(bus) && !['pci', 'pcie', 'usb', 'ide', 'isa'].includes(bus)) {
    throw new TapestryError('unsupported-operation', 'The running machine has no free place for the device.', {
      next: 'Add it for the next start: then it gets a controller of its own.',
    });
  }
  if (bus === 'pci' || bus === 'pcie') requireBus(found, present, added);
  const chain = blockChain(found, propsOf(plan.options, 'blockdev', alias));
  const document = parseXml(plan.liveXml);
  const element = devicesOf(document).find((one) => aliasOf(one) === alias);
  const model = Object.values(readDomain(parseXml(xml)).domain.devices)
    .flat()
    .find((one): one is PlacedDevice => typeof one === 'object' && 'alias' in one && one.alias === alias);
  if (element === undefined || model === undefined)
    throw new TapestryError('internal', 'The planned device is not in the planned machine.');
  return {
    alias,
    netdev: propsOf(plan.options, 'netdev', alias).find((one) => one['id'] === found['netdev']),
    objects: propsOf(plan.options, 'object', alias).map(commandArguments),
    blockdevs: chain.nodes.map((node) => commandArguments(renameNodes(node, chain.names, alias))),
    device: commandArguments(renameNodes(found, chain.names, alias)),
    commands: (plan.monitorCommands ?? []).filter(({ of }) => of === alias),
    element: textOf(document, element),
    model,
  };
}

/** The planned devices: the new one, those that the machine has, and what would come with the new one. */
const devicesIn = (plan: LaunchPlan, alias: string, running: ReadonlySet<string>) => {
  const present: OptionProps[] = [];
  const added: OptionProps[] = [];
  let found: OptionProps | undefined;
  for (const one of plan.options) {
    if (!('props' in one) || one.option !== 'device') continue;
    if (one.props['id'] === alias) found = one.props;
    else (one.of === undefined || running.has(one.of) ? present : added).push(one.props);
  }
  return { found, present, added };
};

/**
 * Properties as arguments of a monitor command.
 * @throws TapestryError `internal` for descriptors: a running QEMU has them by names, not by the numbers of a start
 */
export function commandArguments(props: OptionProps): Props {
  return Object.fromEntries(
    Object.entries(props).flatMap(([key, value]) => (value === undefined ? [] : [[key, argumentOf(value)] as const])),
  );
}

const argumentOf = (value: OptionValue): unknown => {
  if (isDescriptorList(value)) throw new TapestryError('internal', 'A planned device has descriptors that nobody named.');
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null) return value;
  return isList(value) ? value.map(argumentOf) : commandArguments(value);
};

const isList = (value: OptionValue): value is readonly OptionValue[] => Array.isArray(value);

/**
 * The number of a free port that takes a device while the machine runs, where the one that a start would choose takes none
 * (`<target hotplug='off'/>`). undefined: the chosen one does.
 *
 * @throws TapestryError `unsupported-operation` where all free ones are such
 */
const otherPort = (device: OptionProps | undefined, devices: readonly OptionProps[]): number | undefined => {
  const fixed = (one: OptionProps): boolean => one['hotplug'] === false || one['hotplug'] === 'off';
  if (!devices.some((one) => one['id'] === device?.['bus'] && fixed(one))) return undefined;
  const free = devices.find(
    (one) =>
      wordOf(one, 'id').startsWith('pci.') &&
      portDrivers.has(wordOf(one, 'driver')) &&
      !fixed(one) &&
      devices.every(({ bus }) => bus !== one['id']),
  );
  if (free !== undefined) return Number(wordOf(free, 'id').slice('pci.'.length));
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
const requireBus = (device: OptionProps, devices: readonly OptionProps[], added: readonly OptionProps[]): void => {
  const bus = wordOf(device, 'bus');
  if (devices.some((one) => one['id'] === bus) || bus === 'pci.0' || bus === 'pcie.0') return;
  const controller = added.find((one) => one['id'] === bus)?.['driver'];
  if (controller === 'pcie-pci-bridge') {
    // On q35: there is no bridge, and what is free are ports for PCIe devices, which virtio's are.
    const freePort = devices.some(({ driver, id }) => driver === 'pcie-root-port' && devices.every((one) => one['bus'] !== id));
    const virtio = freePort && device['netdev'] !== undefined;
    throw new TapestryError(
      'unsupported-operation',
      `The running machine has no free conventional PCI slot, which a device of model ${wordOf(device, 'driver')} needs.`,
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

/** The block nodes below a device, deepest first (a node is added after those it names). */
const blockChain = (
  device: OptionProps,
  blockdevs: readonly OptionProps[],
): { nodes: readonly OptionProps[]; names: ReadonlySet<string> } => {
  const byName = new Map(blockdevs.map((node) => [node['node-name'], node]));
  const nodes: OptionProps[] = [];
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
const renameNodes = (value: OptionProps, names: ReadonlySet<string>, alias: string): OptionProps =>
  Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, typeof one === 'string' && names.has(one) ? nodeName(alias, one) : one]),
  );

/** QEMU takes 31 characters at most. */
const nodeName = (alias: string, name: string): string => `${alias}-${name.replace(/^libvirt-\d+-/, '')}`.slice(-31);
