import { IconCpu2 } from '@tabler/icons-react';
import type { XmlElement } from '../../../shared/domain-xml/xml/nodes.ts';
import type { FieldSpec, FormContext } from '../../forms/field-spec.ts';
import { formatKiB } from '../../words/format.ts';
import { hostWord, hostWordFirst } from '../../forms/support.ts';
import { readPlace } from '../../xml/edits.ts';
import type { DeviceEditor } from '../../forms/types.ts';
import { memoryKiB, mibText } from './memory-size.ts';

const kibAt = (element: XmlElement, name: string): number | undefined => {
  const text = readPlace(element, name);
  return text === undefined ? undefined : memoryKiB(text, readPlace(element, `${name}/@unit`));
};

/** A size in MiB; what isn't a number stays in the XML as it was typed, so that the error stands where the eye is. */
const size = (name: string): Pick<FieldSpec, 'read' | 'write'> => ({
  read: (element) => {
    const kib = kibAt(element, name);
    return kib === undefined ? (readPlace(element, name) ?? '') : mibText(kib);
  },
  write: (value) => {
    if (value === '') return [{ place: name, value: undefined }];
    const mib = Number(value);
    const whole = Number.isFinite(mib) && Number.isInteger(mib * 1024);
    return [
      { place: name, value: whole ? String(mib * 1024) : value },
      { place: `${name}/@unit`, value: 'KiB' },
    ];
  },
});

const check = (value: string, optional: boolean): string | undefined => {
  if (value === '') return optional ? undefined : 'The memory is needed.';
  const mib = Number(value);
  if (!Number.isFinite(mib)) return 'The memory is a number of MiB.';
  if (mib < 1) return 'At least 1 MiB.';
  return Number.isInteger(mib * 1024) ? undefined : 'At most three digits behind the point.';
};

const fields = ({ facts, connection }: FormContext): readonly FieldSpec[] => [
  {
    id: 'memory',
    label: 'Memory',
    kind: 'number',
    width: 92,
    unit: 'MiB',
    ...size('memory'),
    write: (value, element) => {
      const changes = size('memory').write(value, element);
      // The balloon's size follows when it said the same, or when it would be more than there is.
      const before = kibAt(element, 'memory');
      const current = kibAt(element, 'currentMemory');
      const next = Number(value) * 1024;
      const follows = current !== undefined && (current === before || current > next);
      return follows && check(value, false) === undefined ? [...changes, ...size('currentMemory').write(value, element)] : changes;
    },
    check: (value) => check(value, false),
    warn: (value) =>
      facts && Number(value) * 1024 > facts.memoryKiB ? `${hostWordFirst(connection)} has ${formatKiB(facts.memoryKiB)}.` : undefined,
    ...(facts ? { hint: `${formatKiB(facts.memoryKiB)} in ${hostWord(connection)}.` } : {}),
  },
  {
    id: 'current',
    label: 'At boot',
    kind: 'number',
    width: 92,
    unit: 'MiB',
    ...size('currentMemory'),
    placeholder: 'all',
    check: (value, { element }) => {
      const error = check(value, true);
      if (error !== undefined || value === '') return error;
      const most = kibAt(element, 'memory');
      return most !== undefined && Number(value) * 1024 > most ? 'No more than there is in all.' : undefined;
    },
    hint: 'What the balloon leaves to the guest; empty: all of it.',
  },
];

/** Memory and the balloon's part of it. */
export const memory: DeviceEditor = {
  Icon: IconCpu2,
  title: () => 'Memory',
  aside: (element) => {
    const kib = kibAt(element, 'memory');
    return kib === undefined ? undefined : formatKiB(kib);
  },
  fields,
  add: [],
};
