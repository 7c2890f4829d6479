import { IconCpu } from '@tabler/icons-react';
import { at, wholeNumber, type FieldSpec, type FormContext } from '../../forms/field-spec.ts';
import { hostWord, hostWordFirst } from '../../forms/support.ts';
import { readPlace } from '../../xml/edits.ts';
import type { XmlElement } from '../../../shared/domain-xml/xml/nodes.ts';
import type { DeviceEditor } from '../../forms/types.ts';

const modeOf = (element: XmlElement): string =>
  readPlace(element, 'cpu/@mode') ?? (readPlace(element, 'cpu/model') === undefined ? '' : 'custom');

const dimension = (name: string, label: string): FieldSpec => ({
  id: name,
  label,
  kind: 'number',
  width: 72,
  rare: true,
  ...at(`cpu/topology/@${name}`),
  check: wholeNumber(1, 4096, label, true),
  placeholder: '1',
});

/** Sockets × dies × clusters × cores × threads; undefined without a topology (libvirt: formatdomain, "CPU model and topology"). */
export function topologySize(element: XmlElement): number | undefined {
  if (readPlace(element, 'cpu/topology') === undefined) return undefined;
  return ['sockets', 'dies', 'clusters', 'cores', 'threads']
    .map((name) => Number(readPlace(element, `cpu/topology/@${name}`) ?? '1'))
    .reduce((product, factor) => product * factor, 1);
}

const fields = ({ facts, connection, element }: FormContext): readonly FieldSpec[] => [
  {
    id: 'vcpu',
    label: 'vCPUs',
    kind: 'number',
    width: 72,
    ...at('vcpu'),
    write: (value, now) => {
      const current = readPlace(now, 'vcpu/@current');
      // Fewer vCPUs in all than at boot can't be: the number at boot follows.
      const lower = current !== undefined && /^\d+$/.test(value) && Number(current) > Number(value);
      return [...(lower ? [{ place: 'vcpu/@current', value: undefined }] : []), { place: 'vcpu', value: value === '' ? undefined : value }];
    },
    check: (value, context) => {
      const error = wholeNumber(1, 4096, 'The number of vCPUs')(value);
      if (error !== undefined) return error;
      const size = topologySize(context.element);
      return size !== undefined && size !== Number(value) ? `The topology below makes ${String(size)} vCPUs, not ${value}.` : undefined;
    },
    warn: (value) =>
      facts && Number(value) > facts.cpus
        ? `${hostWordFirst(connection)} has ${String(facts.cpus)} CPUs; more vCPUs make the guest slower.`
        : undefined,
    ...(facts ? { hint: `${String(facts.cpus)} CPUs on ${hostWord(connection)}.` } : {}),
  },
  {
    id: 'current',
    label: 'At boot',
    kind: 'number',
    width: 72,
    rare: true,
    ...at('vcpu/@current'),
    placeholder: 'all',
    check: (value, context) => {
      const error = wholeNumber(1, 4096, 'The number of vCPUs at boot', true)(value);
      if (error !== undefined || value === '') return error;
      return Number(value) > Number(readPlace(context.element, 'vcpu') ?? '1') ? 'No more than there are in all.' : undefined;
    },
  },
  {
    id: 'mode',
    label: 'CPU model',
    kind: 'select',
    width: 260,
    ...at('cpu/@mode'),
    read: modeOf,
    write: (value) => [
      { place: 'cpu/@mode', value: value === '' ? undefined : value },
      ...(value === 'custom'
        ? [{ place: 'cpu/model', value: facts?.cpuModels[0] ?? 'qemu64' }]
        : [{ place: 'cpu/model', value: undefined }]),
      ...(value === 'host-passthrough' ? [] : [{ place: 'cpu/@migratable', value: undefined }]),
      ...(value === 'custom' ? [{ place: 'cpu/@match', value: 'exact' }] : [{ place: 'cpu/@match', value: undefined }]),
    ],
    options: [
      { value: '', label: 'Default' },
      { value: 'host-passthrough', label: `${hostWordFirst(connection)}’s (passthrough)` },
      { value: 'host-model', label: `Like ${hostWord(connection)}’s (host-model)` },
      { value: 'maximum', label: 'All that QEMU can (maximum)' },
      { value: 'custom', label: 'A model by name' },
    ],
    check: (value, context) =>
      (value === 'host-passthrough' || value === 'host-model') && readPlace(context.element, '@type') !== 'kvm'
        ? `Only KVM can pass ${hostWord(connection)}’s CPU through; an emulated machine has “maximum”.`
        : undefined,
  },
  {
    id: 'model',
    label: 'Model name',
    kind: 'select',
    width: 220,
    mono: true,
    ...at('cpu/model'),
    options: [
      ...new Set([
        ...(readPlace(element, 'cpu/model') === undefined ? [] : [readPlace(element, 'cpu/model') ?? '']),
        ...(facts?.cpuModels ?? []),
      ]),
    ].map((value) => ({
      value,
      label: value,
    })),
    visible: (context) => modeOf(context.element) === 'custom',
  },
  dimension('sockets', 'Sockets'),
  dimension('cores', 'Cores'),
  dimension('threads', 'Threads'),
];

/** vCPUs, model, topology. */
export const cpu: DeviceEditor = {
  Icon: IconCpu,
  title: () => 'CPUs',
  aside: (element) => readPlace(element, 'vcpu') ?? '1',
  fields,
  add: [],
};
