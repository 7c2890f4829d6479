import { ipFamily } from '../../../shared/domain-xml/index.ts';
import { childElements, firstChild, type XmlElement } from '../../../shared/domain-xml/xml/nodes.ts';
import { absolutePath, at, wholeNumber, type FieldSpec, type FormContext } from '../../forms/field-spec.ts';
import { readPlace } from '../../xml/edits.ts';
import { BridgeControl } from './nic-controls.tsx';
import { lowerFacts, tapNameField } from './tap-name-field.ts';
import { typeOf } from '../../nic-live/nic-model.ts';

const choices = (...values: readonly (readonly [string, string])[]) => values.map(([value, label]) => ({ value, label }));
const needed =
  (what: string) =>
  (value: string): string | undefined =>
    value === '' ? `${what} is needed.` : undefined;

const portField = (id: string, label: string, place: string): FieldSpec => ({
  id,
  label,
  kind: 'number',
  width: 92,
  ...at(place),
  read: (element) => {
    const value = readPlace(element, place) ?? '';
    return value === '0' ? '' : value;
  },
  write: (value) => [{ place, value }],
  check: wholeNumber(1, 65535, 'The port'),
});

const addressFault = (value: string): string | undefined =>
  ipFamily(value) === undefined ? 'An IPv4 or IPv6 address is needed, as 192.168.1.20.' : undefined;

/** An address at a place of the source. */
const addressField = (id: string, label: string, place: string, check: FieldSpec['check'], placeholder?: string): FieldSpec => ({
  id,
  label,
  kind: 'text',
  width: 220,
  mono: true,
  ...at(place),
  ...(check ? { check } : {}),
  ...(placeholder === undefined ? {} : { placeholder }),
});

const multicastFault = (value: string): string | undefined => {
  const first = Number(/^(\d+)\./.exec(value)?.[1] ?? 0);
  return ipFamily(value) === 'ipv4' && first >= 224 && first <= 239
    ? undefined
    : 'A multicast address is needed: 224.0.0.0 to 239.255.255.255.';
};

const ipsOf = (element: XmlElement): readonly XmlElement[] => {
  const source = firstChild(element, 'source');
  return source ? childElements(source, 'ip') : [];
};

/** The first address of this computer on the TAP, as `10.0.0.1/24`. Further ones stand in the XML. */
const hostAddress = (context: FormContext): FieldSpec => ({
  id: 'host-address',
  label: 'Host address',
  kind: 'text',
  width: 220,
  mono: true,
  placeholder: 'none',
  read: (element) => {
    const address = readPlace(element, 'source/ip/@address') ?? '';
    const prefix = readPlace(element, 'source/ip/@prefix');
    return prefix === undefined ? address : `${address}/${prefix}`;
  },
  write: (value) => {
    const slash = value.indexOf('/');
    const address = slash < 0 ? value : value.slice(0, slash);
    const family = ipFamily(address);
    if (value === '') return [{ place: 'source/ip', value: undefined }];
    return [
      { place: 'source/ip/@address', value: address },
      { place: 'source/ip/@family', value: family === 'ipv6' ? 'ipv6' : undefined },
      { place: 'source/ip/@prefix', value: slash < 0 ? undefined : value.slice(slash + 1) },
    ];
  },
  check: (value) => {
    if (value === '') return undefined;
    const [address = '', prefix] = value.split('/');
    const family = ipFamily(address);
    if (family === undefined) return 'An address of this computer with its prefix, as 10.0.0.1/24.';
    const most = family === 'ipv4' ? 32 : 128;
    return prefix !== undefined && (!/^\d+$/.test(prefix) || Number(prefix) > most) ? `The prefix is 0 to ${String(most)}.` : undefined;
  },
  hint:
    ipsOf(context.element).length > 1
      ? `This computer’s, on the TAP; ${String(ipsOf(context.element).length - 1)} more in the XML.`
      : 'This computer’s, on the TAP.',
});

const ethernet = (context: FormContext): readonly FieldSpec[] => [
  tapNameField(false),
  {
    id: 'managed',
    label: 'At start',
    kind: 'select',
    width: 220,
    ...at('target/@managed'),
    write: (value) => [{ place: 'target/@managed', value: value === 'no' ? 'no' : undefined }],
    options: choices(['', 'Make the TAP'], ['no', 'Use an existing one']),
    hint:
      readPlace(context.element, 'target/@managed') === 'no'
        ? 'As it is: its MAC, MTU and link stay, and it outlives the machine.'
        : 'Made by the helper, and gone when QEMU ends.',
  },
  {
    id: 'script',
    label: 'Script',
    kind: 'path',
    mono: true,
    ...at('script/@path'),
    // An empty path is libvirt's "no script": it stays as it is written until somebody changes it.
    check: absolutePath(true),
    placeholder: 'none',
  },
  {
    id: 'downscript',
    label: 'Down script',
    kind: 'path',
    mono: true,
    ...at('downscript/@path'),
    check: absolutePath(true),
    placeholder: 'none',
    hint: 'Run as you, with the TAP’s name as the only argument, for a limited time.',
  },
  hostAddress(context),
];

const direct = (context: FormContext): readonly FieldSpec[] => [
  {
    id: 'lower',
    label: 'On interface',
    kind: 'custom',
    Control: BridgeControl,
    ...at('source/@dev'),
    write: (value) => [{ place: 'source/@dev', value }],
    check: needed('A network card'),
    warn: (value, now) =>
      now.interfaces && value !== '' && !now.interfaces.some(({ name }) => name === value)
        ? `There is no interface ${value} yet.`
        : undefined,
    warnsOfStart: true,
    hint: lowerFacts(context),
  },
  {
    id: 'mode',
    label: 'Mode',
    kind: 'select',
    width: 280,
    ...at('source/@mode'),
    options: choices(
      ['', 'vepa (default): the switch sends back'],
      ['vepa', 'vepa: the switch sends back'],
      ['bridge', 'bridge: guests reach each other'],
      ['private', 'private: guests never reach each other'],
      ['passthrough', 'passthrough: the card for this guest alone'],
    ),
  },
];

const byType: Readonly<Record<string, (context: FormContext) => readonly FieldSpec[]>> = {
  ethernet,
  direct,
  network: () => [
    {
      id: 'network',
      label: 'Network',
      kind: 'text',
      width: 220,
      mono: true,
      ...at('source/@network'),
      write: (value) => [{ place: 'source/@network', value }],
      check: needed('The name of the network'),
    },
    { id: 'portgroup', label: 'Port group', kind: 'text', width: 220, mono: true, ...at('source/@portgroup'), placeholder: 'none' },
  ],
  user: (context) => [
    {
      id: 'backend',
      label: 'Backend',
      kind: 'select',
      width: 280,
      ...at('backend/@type'),
      options: choices(['', 'slirp: inside QEMU'], ['passt', 'passt: a process of its own']),
      hint:
        readPlace(context.element, 'backend/@type') === 'passt'
          ? 'Faster, with IPv6. passt must be installed.'
          : 'Works everywhere; port forwards come and go while the machine runs.',
    },
  ],
  hostdev: () => [
    {
      id: 'pci',
      label: 'Card',
      kind: 'static',
      mono: true,
      read: (element) =>
        ['domain', 'bus', 'slot', 'function']
          .map((part) => (readPlace(element, `source/address/@${part}`) ?? '').replace(/^0x/, ''))
          .join(':')
          .replace(/:([^:]*)$/, '.$1')
          .replace(/^[:.]+$/, ''),
      write: () => [],
      hint: 'Its address is changed in the XML.',
    },
  ],
  vhostuser: () => [
    {
      id: 'path',
      label: 'Socket',
      kind: 'path',
      mono: true,
      ...at('source/@path'),
      write: (value) => [
        { place: 'source/@type', value: 'unix' },
        { place: 'source/@path', value },
      ],
      check: absolutePath(false),
    },
    {
      id: 'socket-mode',
      label: 'Mode',
      kind: 'select',
      width: 220,
      ...at('source/@mode'),
      options: choices(['client', 'client: connects'], ['server', 'server: waits']),
    },
  ],
  vdpa: () => [
    {
      id: 'dev',
      label: 'Device',
      kind: 'path',
      mono: true,
      ...at('source/@dev'),
      write: (value) => [{ place: 'source/@dev', value }],
      check: absolutePath(false),
      placeholder: '/dev/vhost-vdpa-0',
    },
  ],
  udp: () => [
    addressField('address', 'Peer', 'source/@address', addressFault),
    portField('port', 'Peer’s port', 'source/@port'),
    addressField(
      'local-address',
      'Own address',
      'source/local/@address',
      (value) => (value === '' ? undefined : addressFault(value)),
      'any',
    ),
    portField('local-port', 'Own port', 'source/local/@port'),
  ],
  mcast: () => [addressField('address', 'Group', 'source/@address', multicastFault), portField('port', 'Port', 'source/@port')],
  client: () => [addressField('address', 'Server', 'source/@address', addressFault), portField('port', 'Port', 'source/@port')],
  server: () => [
    addressField('address', 'Listen on', 'source/@address', (value) => (value === '' ? undefined : addressFault(value)), 'any'),
    portField('port', 'Port', 'source/@port'),
  ],
  internal: () => [
    {
      id: 'name',
      label: 'Name',
      kind: 'text',
      width: 220,
      mono: true,
      ...at('source/@name'),
      write: (value) => [{ place: 'source/@name', value }],
      check: needed('A name'),
    },
  ],
};

/** The fields of the source that depend on the type; the bridge's own are in nic-fields.ts. */
export function sourceFields(context: FormContext): readonly FieldSpec[] {
  return byType[typeOf(context.element)]?.(context) ?? [];
}
