import { IconTerminal2 } from '@tabler/icons-react';
import { attributeValue, type XmlElement } from '../../../shared/domain-xml/xml/nodes.ts';
import { absolutePath, at, flag, wholeNumber, type FieldSpec, type FormContext } from '../../forms/field-spec.ts';
import { readPlace } from '../../xml/edits.ts';
import type { DeviceEditor } from '../../forms/types.ts';

const typeOf = (element: XmlElement): string => attributeValue(element, 'type') ?? 'pty';
const isType =
  (...types: readonly string[]) =>
  ({ element }: FormContext) =>
    types.includes(typeOf(element));

const sentences: Record<string, string> = {
  pty: 'Tapestry’s own console: recorded from power-on, with any number of viewers.',
  unix: 'A socket file that another program connects to, or that QEMU connects to.',
  tcp: 'A TCP port, raw or telnet.',
  file: 'What the guest prints goes into a file; nothing can be typed.',
  null: 'Goes nowhere.',
};

/** All source attributes that another type can't have. */
const forgetSource = ['source/@path', 'source/@mode', 'source/@host', 'source/@service', 'source/@append', 'protocol/@type'].map(
  (place) => ({ place, value: undefined }),
);

const fields = ({ element }: FormContext): readonly FieldSpec[] => [
  {
    id: 'type',
    label: 'Goes to',
    kind: 'select',
    width: 220,
    ...at('@type'),
    read: typeOf,
    write: (value) => [
      { place: '@type', value },
      ...forgetSource,
      ...(value === 'unix' ? [{ place: 'source/@mode', value: 'bind' }] : []),
      ...(value === 'tcp'
        ? [
            { place: 'source/@mode', value: 'bind' },
            { place: 'source/@host', value: '127.0.0.1' },
          ]
        : []),
    ],
    options: [
      { value: 'pty', label: 'Console (pty)' },
      { value: 'unix', label: 'Unix socket' },
      { value: 'tcp', label: 'TCP' },
      { value: 'file', label: 'File' },
      { value: 'null', label: 'Nowhere' },
      ...(typeOf(element) in sentences ? [] : [{ value: typeOf(element), label: typeOf(element) }]),
    ],
    hint: sentences[typeOf(element)],
  },
  {
    id: 'path',
    label: 'Path',
    kind: 'path',
    mono: true,
    ...at('source/@path'),
    check: absolutePath(false),
    visible: isType('unix', 'file', 'dev', 'pipe'),
  },
  {
    id: 'mode',
    label: 'QEMU',
    kind: 'select',
    width: 160,
    ...at('source/@mode'),
    options: [
      { value: 'bind', label: 'listens' },
      { value: 'connect', label: 'connects' },
    ],
    visible: isType('unix', 'tcp'),
  },
  {
    id: 'append',
    label: 'At start',
    kind: 'toggle',
    toggleLabel: 'Append to the file',
    ...flag('source/@append', ['off', 'on'], 'off'),
    visible: isType('file'),
  },
  {
    id: 'host',
    label: 'Host',
    kind: 'text',
    width: 220,
    mono: true,
    ...at('source/@host'),
    check: (value) => (value === '' ? 'A host is needed.' : undefined),
    warn: (value) =>
      value === '0.0.0.0' || value === '::' ? 'Anybody on the network can reach this port, without a password.' : undefined,
    visible: isType('tcp'),
  },
  {
    id: 'service',
    label: 'Port',
    kind: 'number',
    width: 92,
    ...at('source/@service'),
    check: wholeNumber(1, 65535, 'A port'),
    visible: isType('tcp'),
  },
  {
    id: 'protocol',
    label: 'Protocol',
    kind: 'select',
    width: 160,
    ...at('protocol/@type'),
    options: [
      { value: '', label: 'raw (default)' },
      { value: 'raw', label: 'raw' },
      { value: 'telnet', label: 'telnet' },
    ],
    visible: isType('tcp'),
  },
  {
    id: 'target',
    label: 'Port in guest',
    kind: 'select',
    width: 220,
    ...at('target/@type'),
    write: (value) => [
      { place: 'target/@type', value: value === '' ? undefined : value },
      { place: 'target/model', value: undefined },
    ],
    options: [
      { value: '', label: 'What the machine has' },
      { value: 'isa-serial', label: 'ISA (ttyS0 …)' },
      { value: 'pci-serial', label: 'PCI' },
      { value: 'usb-serial', label: 'USB' },
    ],
  },
  {
    id: 'log',
    label: 'Log file',
    kind: 'path',
    mono: true,
    rare: true,
    ...at('log/@file'),
    check: absolutePath(true),
    hint: 'QEMU copies what the guest prints into this file, besides Tapestry’s recording.',
  },
];

/** What Linux calls the port in the guest, where that follows from its number. */
const guestName = (target: string | undefined, port: number): string =>
  target === undefined || target === 'isa-serial' ? `ttyS${String(port)}` : target.replace('-serial', '').toUpperCase();

/** `<serial>`: a serial port. */
export const serial: DeviceEditor = {
  Icon: IconTerminal2,
  title: (_element, index) => `Serial ${String(index + 1)}`,
  aside: (element, index = 0) => (typeOf(element) === 'pty' ? guestName(readPlace(element, 'target/@type'), index) : typeOf(element)),
  fields,
  add: [{ id: 'serial', label: 'Serial port', hint: 'Recorded from power-on; up to four ISA ports.', make: () => `<serial type='pty'/>` }],
};
