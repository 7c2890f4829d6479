import { absolutePath, at, flag, wholeNumber, type FieldSpec, type FormContext } from '../../forms/field-spec.ts';
import type { NicPart } from '../../../shared/contract/operations.ts';
import { unsupported } from '../../forms/support.ts';
import { readPlace } from '../../xml/edits.ts';
import { acpiFault, aliasFault, vlanFault } from './nic-checks.ts';
import { VlanControl, vlanTags } from './vlan-control.tsx';
import { tapNameField } from './tap-name-field.ts';
import { isVirtio, typeOf } from '../../nic-live/nic-model.ts';

type Rate = (id: string, label: string, place: string, more?: Partial<FieldSpec>) => FieldSpec;

const choices = (...values: readonly (readonly [string, string])[]) => values.map(([value, label]) => ({ value, label }));
const onOff = choices(['', 'Default'], ['on', 'On'], ['off', 'Off']);

const powerOfTwo =
  (least: number, most: number) =>
  (value: string): string | undefined => {
    if (value === '') return undefined;
    const size = Number(value);
    return /^\d+$/.test(value) && size >= least && size <= most && (size & (size - 1)) === 0
      ? undefined
      : `A power of two, ${String(least)} to ${String(most)}.`;
  };

const rare = (id: string, label: string, more: Partial<FieldSpec> & Pick<FieldSpec, 'read' | 'write'>): FieldSpec => ({
  id,
  label,
  kind: 'select',
  width: 160,
  rare: true,
  options: onOff,
  ...more,
});

const number = (id: string, label: string, place: string, check: FieldSpec['check'], more: Partial<FieldSpec> = {}): FieldSpec => ({
  id,
  label,
  kind: 'number',
  width: 92,
  rare: true,
  placeholder: 'default',
  ...at(place),
  ...(check ? { check } : {}),
  ...more,
});

/** Options of a virtio NIC's driver. */
const driverFields = (virtio: boolean): readonly FieldSpec[] =>
  virtio
    ? [
        rare('driver', 'Packets by', {
          ...at('driver/@name'),
          width: 220,
          options: choices(['', 'vhost where possible'], ['vhost', 'vhost: the kernel, or no start'], ['qemu', 'QEMU itself']),
        }),
        rare('txmode', 'Send by', {
          ...at('driver/@txmode'),
          options: choices(['', 'Default'], ['iothread', 'iothread'], ['timer', 'timer']),
        }),
        rare('ioeventfd', 'ioeventfd', at('driver/@ioeventfd')),
        rare('event-idx', 'event_idx', at('driver/@event_idx')),
        number('rx-ring', 'Receive ring', 'driver/@rx_queue_size', powerOfTwo(256, 1024)),
        number('tx-ring', 'Send ring', 'driver/@tx_queue_size', powerOfTwo(256, 1024)),
        rare('packed', 'Packed ring', at('driver/@packed')),
        rare('iommu', 'IOMMU', at('driver/@iommu')),
        rare('ats', 'ATS', at('driver/@ats')),
        rare('page-per-vq', 'Page per queue', at('driver/@page_per_vq')),
        rare('rss', 'RSS', at('driver/@rss')),
      ].map((field) => ({ ...field, foldedAs: 'driver' }))
    : [];

/** The NIC's part in a team: it names another NIC, so it is changed in the XML. */
const teaming = ({ element }: FormContext): readonly FieldSpec[] => {
  const type = readPlace(element, 'teaming/@type');
  return type === undefined
    ? []
    : [
        {
          id: 'teaming',
          label: 'Team',
          kind: 'static',
          mono: true,
          rare: true,
          read: (of) => readPlace(of, 'teaming/@type') ?? '',
          write: () => [],
          hint: 'Changed in the XML.',
        },
      ];
};

/**
 * VLAN tags and the virtual port: a switch of their own has them, as Open vSwitch. Several tags make a trunk (libvirt's formatdomain,
 * "Setting VLAN tag").
 */
const switchFields = (context: FormContext): readonly FieldSpec[] => {
  const { element } = context;
  const native = readPlace(element, 'vlan/tag/@nativeMode') !== undefined;
  return [
    {
      id: 'vlan',
      label: 'VLAN',
      kind: 'custom',
      Control: VlanControl,
      rare: true,
      read: vlanTags,
      write: (value) => [
        { place: 'vlan', value: undefined },
        ...(value === '' ? [] : [{ place: 'vlan/tag/@id', value: value.split(',')[0] ?? '' }]),
      ],
      check: vlanFault,
      warn: (value, now) => (value === '' ? undefined : partNote('vlan', now)),
      hint: native ? 'The native one is set in the XML.' : 'Several make a trunk: 10,20.',
    },
    {
      id: 'virtualport',
      label: 'Virtual port',
      kind: 'select',
      width: 220,
      rare: true,
      ...at('virtualport/@type'),
      options: choices(
        ['', 'None'],
        ['openvswitch', 'Open vSwitch'],
        ['802.1Qbg', '802.1Qbg (VEPA)'],
        ['802.1Qbh', '802.1Qbh (VN-Link)'],
        ['midonet', 'MidoNet'],
      ),
      warn: (value, now) => (value === '' ? undefined : partNote('virtualPort', now)),
    },
  ];
};

/** Why a start is refused with this part, where the connection says so. */
const partNote = (part: NicPart, context: FormContext): string | undefined => {
  const why = unsupported(`start-nic-part-${part}`, context);
  return why === undefined ? undefined : `A start is refused: ${why}`;
};

/** The fields that few machines need, folded away. */
export function rareFields(context: FormContext, rate: Rate): readonly FieldSpec[] {
  const type = typeOf(context.element);
  const tap = ['bridge', 'ethernet', 'network', 'direct'].includes(type);
  const withBridge = ['bridge', 'network'].includes(type);
  const limits = (id: string, words: string, place: string): readonly FieldSpec[] => {
    const limited = (now: FormContext) =>
      tap && ['average', 'peak', 'burst'].some((name) => readPlace(now.element, `${place}/@${name}`) !== undefined);
    return [
      rate(`${id}-peak`, `Peak ${words}`, `${place}/@peak`, { rare: true, foldedAs: 'peak and burst', visible: limited }),
      rate(`${id}-burst`, `Burst ${words}`, `${place}/@burst`, {
        rare: true,
        foldedAs: 'peak and burst',
        unit: 'KiB at once',
        visible: limited,
      }),
    ];
  };
  return [
    ...(tap && type !== 'ethernet' ? [tapNameField(true)] : []),
    ...limits('inbound', 'to guest', 'bandwidth/inbound'),
    ...limits('outbound', 'from guest', 'bandwidth/outbound'),
    ...(withBridge
      ? [
          number('coalesce', 'Coalesce', 'coalesce/rx/frames/@max', wholeNumber(0, 4_294_967_295, 'The number of frames', true), {
            unit: 'frames',
            strict: true,
            live: (now: FormContext) =>
              now.live !== undefined && typeOf(now.live) === 'bridge' && unsupported('update-nic-coalesceRxFrames', now) === undefined,
          }),
        ]
      : []),
    ...(tap
      ? [number('sndbuf', 'Send buffer', 'tune/sndbuf', wholeNumber(0, 4_294_967_295, 'The send buffer', true), { unit: 'bytes' })]
      : []),
    ...driverFields(isVirtio(context)),
    rare('rom-bar', 'ROM bar', { ...at('rom/@bar'), foldedAs: 'ROM' }),
    rare('rom', 'Boot ROM', { ...at('rom/@enabled'), foldedAs: 'ROM', options: choices(['', 'Default'], ['yes', 'On'], ['no', 'Off']) }),
    {
      id: 'rom-file',
      label: 'ROM file',
      foldedAs: 'ROM',
      kind: 'path',
      mono: true,
      rare: true,
      ...at('rom/@file'),
      check: absolutePath(true),
      placeholder: 'QEMU’s own',
    },
    number('acpi', 'ACPI index', 'acpi/@index', acpiFault, {
      hint: 'Linux names the NIC by it: eno5 for 5.',
    }),
    {
      id: 'alias',
      label: 'Alias',
      kind: 'text',
      width: 220,
      mono: true,
      rare: true,
      ...at('alias/@name'),
      placeholder: 'net0, net1, … at start',
      check: aliasFault,
    },
    ...(type === 'user'
      ? []
      : [
          {
            id: 'filter',
            label: 'Filter',
            kind: 'text',
            width: 220,
            mono: true,
            rare: true,
            ...at('filterref/@filter'),
            placeholder: 'none',
            warn: (value: string, now: FormContext) => (value === '' ? undefined : partNote('filter', now)),
          } satisfies FieldSpec,
        ]),
    {
      id: 'rx-filters',
      label: 'Rx filters',
      kind: 'toggle',
      rare: true,
      toggleLabel: 'Trust the guest’s own receive filters',
      ...flag('@trustGuestRxFilters', ['no', 'yes'], 'off'),
      visible: (now) => typeOf(now.element) === 'direct',
    },
    ...(['bridge', 'network', 'direct', 'hostdev'].includes(type) ? switchFields(context) : []),
    ...teaming(context),
  ];
}
