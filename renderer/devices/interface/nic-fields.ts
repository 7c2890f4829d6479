import { createElement } from 'react';
import { at, fieldErrors, flag, wholeNumber, type FieldSpec, type FormContext } from '../../forms/field-spec.ts';
import { bridgeFacts } from '../../nics/interface-words.ts';
import type { NicPart } from '../../../shared/contract/operations.ts';
import { unsupported } from '../../forms/support.ts';
import { readPlace, type Change } from '../../xml/edits.ts';
import { averageFault, bootFault, bridgeOf, macFault, macNote, mtuFault, mtuWarning } from './nic-checks.ts';
import { BridgeControl, MacControl, MacOwnerLink, MissingBridge, RateControl } from './nic-controls.tsx';
import { isVirtio, modelOf, readNic, typeOf } from '../../nic-live/nic-model.ts';
import { nicTypes, whyNoStart } from './nic-types.ts';
import { rareFields } from './nic-rare-fields.ts';
import { sourceFields } from './nic-source-fields.ts';
import { SourceTypeControl } from './source-type-control.tsx';

/** What to know of a model before picking it. */
const modelHints: Readonly<Record<string, string>> = {
  virtio: 'Fastest. Needs a virtio driver in the guest: Linux has it, Windows gets it from the virtio-win image.',
  'virtio-transitional': 'virtio for guests that know only its first version too.',
  'virtio-non-transitional': 'virtio 1.0 and later only.',
  e1000e: 'An Intel card that most guests know without a driver. Slower than virtio.',
  e1000: 'An older Intel card, for older guests.',
  igb: 'An Intel server card with many queues. Needs a recent QEMU.',
  rtl8139: 'Known by nearly every guest ever, and slow: 100 Mbit/s by its own words.',
  vmxnet3: 'VMware’s card, for guests that come from there.',
  'usb-net': 'A network card on USB.',
  pcnet: 'A very old AMD card.',
};
const models = [
  'virtio',
  'e1000e',
  'e1000',
  'igb',
  'rtl8139',
  'vmxnet3',
  'virtio-transitional',
  'virtio-non-transitional',
  'usb-net',
  'pcnet',
];

const hasTap = ({ element }: FormContext): boolean => ['bridge', 'ethernet', 'network', 'direct'].includes(typeOf(element));
const onBridge = ({ element }: FormContext): boolean => ['bridge', 'network'].includes(typeOf(element));
/** Can this part of a running NIC be changed in place, by what its connection says? */
const livePart = (part: NicPart) => (context: FormContext) =>
  context.live !== undefined && unsupported(`update-nic-${part}`, context) === undefined;
/** The same of what is changed at its TAP: it must have one that was made for it. */
const liveTap = (part: NicPart) => (context: FormContext) =>
  livePart(part)(context) &&
  context.live !== undefined &&
  ['bridge', 'ethernet', 'network'].includes(typeOf(context.live)) &&
  readPlace(context.live, 'target/@managed') !== 'no';

/** What the reader of definitions finds wrong with the NIC and none of the form's own checks does, by its own words. */
function otherFault(context: FormContext): string | undefined {
  const { nic, problems } = readNic(context.document, context.element);
  return problems.find(({ severity }) => severity === 'error')?.message ?? (nic ? undefined : 'This element is no NIC.');
}

/** Why a machine with this NIC doesn't start: the type, or parts of it, where its connection says that it refuses them. */
function startNotes(context: FormContext): string | undefined {
  const { problems, unclaimed } = readNic(context.document, context.element);
  const refusesUnread = unsupported('start-unread', context) !== undefined;
  const unread = [
    ...problems.filter(({ severity, path }) => severity === 'unsupported' && !path.includes('/target')).map(({ message }) => message),
    ...(unclaimed.length === 0
      ? []
      : [`Not understood, and kept: ${unclaimed.map((path) => path.replace(/^.*interface[^/]*\//, '')).join(', ')}.`]),
  ];
  const type = whyNoStart(typeOf(context.element), context);
  const notes = [...(type === undefined ? [] : [type]), ...(refusesUnread ? unread : [])];
  return notes.length === 0 ? undefined : `A start is refused: ${notes.join(' ')}`;
}

/** Attributes of `<source>` and `<target>` that a type needs to be what it was. */
const sourcePlaces = ['bridge', 'network', 'portgroup', 'dev', 'mode', 'path', 'type', 'address', 'port', 'name'].map(
  (name) => `source/@${name}`,
);

/** The changes that give a NIC its running type back, with the running source. */
function typeChanges(value: string, { live }: FormContext): readonly Change[] {
  if (!live || typeOf(live) !== value) return [{ place: '@type', value }];
  return [
    { place: '@type', value },
    { place: 'source', value: undefined },
    ...sourcePlaces.flatMap((place) => {
      const own = readPlace(live, place);
      return own === undefined ? [] : [{ place, value: own }];
    }),
  ];
}

const rate = (id: string, label: string, place: string, more: Partial<FieldSpec> = {}): FieldSpec => ({
  id,
  label,
  kind: 'custom',
  Control: RateControl,
  unit: 'KiB/s',
  strict: true,
  ...at(place),
  check: wholeNumber(1, 4_194_303, 'The limit', true),
  visible: hasTap,
  live: liveTap('bandwidth'),
  ...more,
});

/** The part of the model that a field is about, for those that don't say by themselves when they are in force. */
const partOf: Readonly<Record<string, NicPart>> = {
  type: 'type',
  model: 'model',
  mac: 'mac',
  mtu: 'mtu',
  queues: 'driver',
  boot: 'bootOrder',
  network: 'source',
  portgroup: 'source',
  lower: 'source',
  mode: 'source',
  backend: 'backend',
  vlan: 'vlan',
  virtualport: 'virtualPort',
  filter: 'filter',
  sndbuf: 'sndbuf',
  acpi: 'acpiIndex',
  alias: 'alias',
};

/** A field with when a change of it is in force: at once where the connection changes that part of a running NIC in place. */
const liveByPart = (field: FieldSpec): FieldSpec => {
  const part = partOf[field.id];
  return field.live !== undefined || part === undefined ? field : { ...field, live: livePart(part) };
};

/** The fields of a NIC that everybody needs, then the rare ones. */
export function nicFields(context: FormContext): readonly FieldSpec[] {
  const bridge = bridgeOf(context);
  const model = modelOf(context);
  const virtio = isVirtio(context);
  const others: FieldSpec[] = [];
  const type: FieldSpec = {
    id: 'type',
    label: 'Source',
    kind: 'custom',
    Control: SourceTypeControl,
    tellsChange: true,
    read: ({ attributes }) => attributes.find(({ name }) => name === 'type')?.value ?? 'user',
    // A switch changes more than one attribute: the control writes the whole element.
    write: (value) => typeChanges(value, context),
    options: nicTypes.map(({ type, label }) => ({ value: type, label })),
    // What no other field tells must stop the form all the same.
    check: (_value, now) => (fieldErrors(others, now).size > 0 ? undefined : otherFault(now)),
    warn: () => startNotes(context),
  };
  others.push(
    {
      id: 'bridge',
      label: 'Bridge',
      kind: 'custom',
      Control: BridgeControl,
      ...at('source/@bridge'),
      write: (value) => [{ place: 'source/@bridge', value }],
      visible: ({ element }) => typeOf(element) === 'bridge',
      check: (value) =>
        value === ''
          ? 'A bridge is needed: pick one, or type its name.'
          : value.length > 15
            ? 'A bridge’s name has at most 15 characters.'
            : undefined,
      warn: (value, now) =>
        now.interfaces && value !== '' && !bridgeOf(now) ? createElement(MissingBridge, { name: value, context: now }) : undefined,
      warnsOfStart: true,
      live: (now) => liveTap('bridge')(now) && now.live !== undefined && typeOf(now.live) === 'bridge',
      hint: bridge && bridgeFacts(bridge),
    },
    ...sourceFields(context),
    {
      id: 'model',
      label: 'Model',
      kind: 'select',
      width: 190,
      ...at('model/@type'),
      options: [
        ...(readPlace(context.element, 'model/@type') === undefined ? [{ value: '', label: `Default (${model})` }] : []),
        ...models.map((value) => ({ value, label: value })),
      ],
      hint: modelHints[model] ?? `Taken as QEMU’s device “${model}”.`,
      visible: ({ element }) => typeOf(element) !== 'hostdev',
    },
    {
      id: 'mac',
      label: 'MAC',
      kind: 'custom',
      Control: MacControl,
      ...at('mac/@address'),
      check: macFault,
      warn: (value) => macNote(value),
      errorAction: (value, now) => createElement(MacOwnerLink, { value, context: now }),
    },
    {
      id: 'link',
      label: 'Cable',
      kind: 'toggle',
      toggleLabel: 'Connected',
      isSwitch: true,
      strict: true,
      live: livePart('link'),
      read: (element) => (readPlace(element, 'link/@state') === 'down' ? 'off' : 'on'),
      write: (value) => [{ place: 'link/@state', value: value === 'on' ? undefined : 'down' }],
    },
    {
      id: 'isolated',
      label: 'Isolation',
      kind: 'toggle',
      toggleLabel: 'Isolate from other isolated ports of the bridge',
      strict: true,
      ...flag('port/@isolated', ['no', 'yes'], 'off'),
      visible: onBridge,
      live: liveTap('portIsolated'),
    },
    {
      id: 'mtu',
      label: 'MTU',
      kind: 'number',
      width: 92,
      unit: 'bytes',
      ...at('mtu/@size'),
      placeholder: bridge ? String(bridge.mtu) : '1500',
      ...(bridge ? { emptyMeans: `${String(bridge.mtu)}, from ${bridge.name}` } : {}),
      check: mtuFault,
      warn: mtuWarning,
      visible: ({ element }) =>
        ['bridge', 'network', 'ethernet', 'vhostuser'].includes(typeOf(element)) ||
        (typeOf(element) === 'user' && readPlace(element, 'backend/@type') === 'passt'),
      ...(bridge && readPlace(context.element, 'mtu/@size') === undefined
        ? { hint: `Empty: ${String(bridge.mtu)}, from ${bridge.name}.` }
        : {}),
    },
    {
      id: 'queues',
      label: 'Queues',
      kind: 'number',
      width: 72,
      ...at('driver/@queues'),
      placeholder: '1',
      check: wholeNumber(1, 256, 'The number of queues', true),
      warn: (value) =>
        value !== '' && !virtio
          ? `The model ${model} has one queue: this is without effect.`
          : Number(value) > context.machine.vcpus
            ? `More than ${context.machine.vcpus === 1 ? 'one vCPU' : `${String(context.machine.vcpus)} vCPUs`} can use.`
            : undefined,
      visible: (now) => hasTap(now) && (virtio || readPlace(now.element, 'driver/@queues') !== undefined),
    },
    rate('inbound', 'Limit to guest', 'bandwidth/inbound/@average', {
      check: (value, now) => averageFault(value, now, 'bandwidth/inbound'),
    }),
    rate('outbound', 'Limit from guest', 'bandwidth/outbound/@average', {
      check: (value, now) => averageFault(value, now, 'bandwidth/outbound'),
    }),
    {
      id: 'boot',
      label: 'Boot order',
      kind: 'number',
      width: 72,
      ...at('boot/@order'),
      check: bootFault,
      placeholder: 'none',
    },
    ...rareFields(context, rate),
  );
  return [type, ...others].map(liveByPart);
}
