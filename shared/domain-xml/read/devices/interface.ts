import { made } from '../../../domain/made.ts';
import { interfaceTypes, type Interface, type InterfaceDriver, type InterfaceType } from '../../../domain/interface.ts';
import type { Reader } from '../reader/reader.ts';
import { readIps, readRoutes } from './interface-addresses.ts';
import { checkInterface } from './interface-checks.ts';
import { canonicalNicModel, defaultNicModel, isReservedTapName, isVirtioNicModel } from './interface-names.ts';
import { readBandwidth, readInterfaceDriver, readInterfaceSource, readPortForwards, readVirtualPort, readVlan } from './interface-parts.ts';
import { readInfo, readVirtioOptions } from './info.ts';
import { parseMac } from './mac.ts';

/** What reading a device needs to know of the domain around it. */
export interface ReadingContext {
  readonly arch?: string;
  readonly machine?: string;
  /** The XML describes a running machine: automatic names in it are facts, not left-overs. */
  readonly live?: boolean;
}

const readMac = (reader: Reader | undefined): string | undefined => {
  if (reader === undefined) return undefined;
  const text = reader.required('address');
  if (text === '') return undefined;
  const parsed = parseMac(text);
  if ('mac' in parsed) return parsed.mac;
  const message =
    parsed.fault === 'multicast'
      ? `${text} is a multicast address; a NIC needs a unicast one (its first octet is even).`
      : `'${text}' is not a MAC address: six groups of hexadecimal digits with colons between, as 52:54:00:12:34:56.`;
  reader.error(message, 'address');
  return undefined;
};

const readModel = (reader: Reader | undefined): string | undefined => {
  const type = reader?.filled('type');
  if (type === undefined) return undefined;
  if (!/^[A-Za-z0-9_-]+$/.test(type)) reader?.error(`'${type}' is no name for a model: letters, digits, _ and - only.`, 'type');
  return canonicalNicModel(type);
};

const linkState = (reader: Reader): Interface['link'] => {
  const link = reader.child('link');
  return link?.attribute('state') === undefined ? undefined : link.oneOf('state', ['up', 'down']);
};

const readTarget = (target: Reader | undefined, live: boolean): Pick<Interface, 'target' | 'targetManaged'> => {
  const managed = target?.yesNo('managed');
  const name = target?.filled('dev');
  // An automatic name in a stored definition is a left-over; only with managed='no' is it the user's own.
  const dropped = name === undefined || (!live && managed !== false && isReservedTapName(name));
  return made<Pick<Interface, 'target' | 'targetManaged'>>({ target: dropped ? undefined : name, targetManaged: managed });
};

const readFilter = (filter: Reader | undefined): Interface['filter'] =>
  filter === undefined
    ? undefined
    : {
        path: filter.path,
        name: filter.required('filter'),
        parameters: filter
          .children('parameter')
          .map((parameter) => ({ name: parameter.required('name'), value: parameter.required('value') })),
      };

/**
 * `<driver>` of a model that is not virtio. libvirt drops its options without a word; here only what is so anyway is claimed, so
 * that a start refuses the others by path.
 */
const readOtherDriver = (driver: Reader | undefined): InterfaceDriver => {
  if (driver === undefined) return {};
  if (driver.element.attributes.some(({ name, value }) => name === 'name' && value === 'qemu')) driver.ignore('name');
  return readVirtioOptions(driver);
};

const readTeaming = (teaming: Reader | undefined): Interface['teaming'] =>
  teaming === undefined
    ? undefined
    : made<NonNullable<Interface['teaming']>>({
        type: teaming.requiredOneOf('type', ['persistent', 'transient'], 'persistent'),
        persistent: teaming.filled('persistent'),
      });

/** Reads an `<interface>` (formatdomain, "Network interfaces") and checks what libvirt checks when it is defined. */
export function readInterface(reader: Reader, context: ReadingContext = {}): Interface {
  const type: InterfaceType = reader.oneOf('type', interfaceTypes) ?? 'user';
  const mac = reader.child('mac');
  const model = readModel(reader.child('model'));
  const effective = model ?? defaultNicModel(type, context.arch, context.machine) ?? '';
  const driver = reader.child('driver');
  const virtio = isVirtioNicModel(effective);
  const readDriver = virtio ? readInterfaceDriver : readOtherDriver;
  const fullDriver = type === 'hostdev' ? {} : readDriver(driver);
  if (type === 'hostdev') driver?.ignore('queues', 'txmode', 'ioeventfd', 'event_idx', 'rx_queue_size', 'tx_queue_size');
  const backend = reader.child('backend');
  const backendType = backend?.oneOf('type', ['default', 'passt']);
  const guest = reader.child('guest');
  const coalesce = reader.child('coalesce')?.child('rx')?.child('frames');
  const tune = reader.child('tune');
  // Empty script paths mean "none", the very words of the first question this program answers.
  const script = reader.child('script')?.filled('path');
  const nic = made<Interface>({
    ...readInfo(reader),
    kind: 'interface',
    type,
    source: readInterfaceSource(reader, type),
    mac: readMac(mac),
    macType: mac?.oneOf('type', ['generated', 'static']),
    macCheck: mac?.yesNo('check'),
    model,
    driver: virtio ? fullDriver : {},
    backend:
      backend === undefined
        ? undefined
        : made({
            type: backendType,
            tap: backend.filled('tap'),
            vhost: virtio ? backend.filled('vhost') : undefined,
            logFile: backend.filled('logFile'),
            hostname: backend.filled('hostname'),
            fqdn: backend.filled('fqdn'),
          }),
    backendDomain: reader.child('backenddomain')?.filled('name'),
    trustGuestRxFilters: reader.yesNo('trustGuestRxFilters'),
    ...readTarget(reader.child('target'), context.live ?? false),
    script,
    downscript: reader.child('downscript')?.filled('path'),
    guestDev: guest?.filled('dev'),
    guestActual: guest?.filled('actual'),
    vlan: readVlan(reader.child('vlan')),
    virtualPort: readVirtualPort(reader.child('virtualport'), type),
    bandwidth: readBandwidth(reader.child('bandwidth'), type),
    portIsolated: reader.child('port')?.yesNo('isolated'),
    ips: readIps(reader),
    routes: readRoutes(reader),
    portForwards: readPortForwards(reader),
    filter: readFilter(reader.child('filterref')),
    sndbuf: tune?.child('sndbuf')?.textInteger({ max: 0xffffffff }),
    teaming: readTeaming(reader.child('teaming')),
    link: linkState(reader),
    mtu: reader.child('mtu')?.integer('size', { max: 0xffffffff }) || undefined,
    coalesceRxFrames: coalesce?.integer('max', { max: 0xffffffff }),
  });
  checkInterface(reader, nic, { ...fullDriver }, effective);
  return nic;
}
