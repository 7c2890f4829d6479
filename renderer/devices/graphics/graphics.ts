import { IconDeviceTv } from '@tabler/icons-react';
import { attributeValue, type XmlElement } from '../../../shared/domain-xml/xml/nodes.ts';
import { at, wholeNumber, type FieldSpec, type FormContext } from '../../forms/field-spec.ts';
import { readPlace, type Change } from '../../xml/edits.ts';
import { choice, numbered, onlyOne } from '../../forms/common.ts';
import type { DeviceEditor } from '../../forms/types.ts';

/** Where a VNC server listens, as a person would say it. */
type Reach = 'socket' | 'local' | 'all' | 'address' | 'network' | 'none';

const everywhere = new Set(['0.0.0.0', '::']);

/** The same rule as at a start: TCP only where the XML asks for it by a port, a websocket or an address. */
function reachOf(element: XmlElement): Reach {
  const type = readPlace(element, 'listen/@type');
  if (type === 'none' || type === 'socket' || type === 'network') return type;
  const address = readPlace(element, 'listen/@address') ?? attributeValue(element, 'listen');
  // An address that is still to be typed.
  if (address === '' && type === 'address') return 'address';
  if (address !== undefined && address !== '') return address === '127.0.0.1' ? 'local' : everywhere.has(address) ? 'all' : 'address';
  if (attributeValue(element, 'socket') !== undefined) return 'socket';
  const port = Number(attributeValue(element, 'port') ?? '-1');
  return port >= 0 || attributeValue(element, 'websocket') !== undefined ? 'local' : 'socket';
}

const overTcp = ({ element }: FormContext): boolean => ['local', 'all', 'address', 'network'].includes(reachOf(element));

/** Takes every spelling of the old place away, then writes the new one. */
function writeReach(value: string, element: XmlElement): readonly Change[] {
  const forget = ['@listen', '@socket', 'listen'].map((place) => ({ place, value: undefined }));
  const type = { place: 'listen/@type', value: value === 'socket' || value === 'none' ? value : 'address' };
  if (value === 'socket' || value === 'none') {
    const tcp = ['@port', '@autoport', '@websocket'].map((place) => ({ place, value: undefined }));
    return [...forget, ...tcp, type];
  }
  const address = { place: 'listen/@address', value: value === 'local' ? '127.0.0.1' : value === 'all' ? '0.0.0.0' : '' };
  const port = attributeValue(element, 'port');
  const auto =
    port === undefined || Number(port) < 0
      ? [
          { place: '@port', value: '-1' },
          { place: '@autoport', value: 'yes' },
        ]
      : [];
  return [...forget, ...auto, type, address];
}

const keymaps =
  'ar cz da de de-ch en-gb en-us es et fi fo fr fr-be fr-ca fr-ch hr hu is it ja lt lv mk nl no pl pt pt-br ru sl sv th tr'.split(' ');

const fields = ({ element }: FormContext): readonly FieldSpec[] | undefined =>
  attributeValue(element, 'type') !== 'vnc'
    ? undefined
    : [
        choice(
          'listen',
          'Reachable',
          'listen/@type',
          {
            socket: 'By Tapestry alone',
            local: 'From this computer',
            all: 'From the whole network',
            address: 'At one address',
            none: 'By nobody',
            ...(reachOf(element) === 'network' ? { network: 'On a virtual network' } : {}),
          },
          {
            read: reachOf,
            write: writeReach,
            hint: {
              socket: 'On a Unix socket of your own.',
              local: 'By TCP on 127.0.0.1: every user of this computer reaches it.',
              all: undefined,
              address: undefined,
              network: undefined,
              none: 'The screen exists, and no viewer can connect.',
            }[reachOf(element)],
            warn: (value) =>
              value === 'all' && (attributeValue(element, 'passwd') ?? '') === ''
                ? 'Anybody on the network can take this screen, without a password.'
                : undefined,
          },
        ),
        {
          id: 'address',
          label: 'Address',
          kind: 'text',
          width: 220,
          mono: true,
          read: (own) => readPlace(own, 'listen/@address') ?? attributeValue(own, 'listen') ?? '',
          write: (value) => [
            { place: '@listen', value: undefined },
            { place: 'listen/@type', value: 'address' },
            { place: 'listen/@address', value },
          ],
          check: (value) => (value === '' ? 'An address of this computer is needed.' : undefined),
          visible: () => reachOf(element) === 'address',
        },
        {
          id: 'port',
          label: 'Port',
          kind: 'number',
          width: 92,
          read: (own) => {
            const port = attributeValue(own, 'port') ?? '';
            return port.startsWith('-') ? '' : port;
          },
          write: (value) => [
            { place: '@port', value: value === '' ? '-1' : value },
            { place: '@autoport', value: value === '' ? 'yes' : 'no' },
          ],
          placeholder: 'any free',
          check: wholeNumber(5900, 65535, 'A VNC port', true),
          visible: overTcp,
        },
        {
          id: 'password',
          label: 'Password',
          kind: 'text',
          width: 220,
          mono: true,
          ...at('@passwd'),
          check: (value) => (value.length > 8 ? 'VNC knows eight characters of a password and forgets the rest.' : undefined),
          hint: 'Stored in the XML as it is typed. VNC itself encrypts nothing.',
        },
        {
          id: 'websocket',
          label: 'WebSocket port',
          kind: 'number',
          width: 92,
          rare: true,
          ...at('@websocket'),
          placeholder: 'none',
          check: wholeNumber(1, 65535, 'A port', true),
          visible: overTcp,
        },
        choice(
          'keymap',
          'Keyboard',
          '@keymap',
          { '': 'The viewer’s', ...Object.fromEntries(keymaps.map((map) => [map, map])) },
          { rare: true },
        ),
        choice(
          'share',
          'Several viewers',
          '@sharePolicy',
          { '': 'Default', 'allow-exclusive': 'a viewer may ask to be alone', 'force-shared': 'always', ignore: 'everybody shares' },
          { rare: true },
        ),
      ];

/** `<graphics>`: where the screen can be seen. VNC has a form; other types are edited as XML. */
export const graphics: DeviceEditor = {
  Icon: IconDeviceTv,
  title: numbered('Screen'),
  aside: (element) => attributeValue(element, 'type')?.toUpperCase(),
  fields,
  add: [
    {
      id: 'vnc',
      label: 'Screen (VNC)',
      hint: 'On a socket that only Tapestry can reach.',
      make: () => `<graphics type='vnc'/>`,
      refuse: onlyOne('graphics', 'a screen'),
    },
  ],
};
