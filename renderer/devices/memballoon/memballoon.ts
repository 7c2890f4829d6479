import { IconScale } from '@tabler/icons-react';
import { at, flag, wholeNumber, type FieldSpec, type FormContext } from '../../forms/field-spec.ts';
import { choice, modelOf, onlyOne, virtioModels } from '../../forms/common.ts';
import { hostWord } from '../../forms/support.ts';
import type { DeviceEditor } from '../../forms/types.ts';

const there = ({ element }: FormContext): boolean => modelOf(element) !== 'none';

const fields = ({ connection }: FormContext): readonly FieldSpec[] => [
  choice(
    'model',
    'Model',
    '@model',
    { ...virtioModels, none: 'No balloon' },
    {
      write: (value) => [
        { place: '@model', value },
        ...(value === 'none' ? ['@autodeflate', '@freePageReporting', 'stats'].map((place) => ({ place, value: undefined })) : []),
      ],
      hint: 'Lets memory be taken back from the guest, and tells how much of it is in use.',
    },
  ),
  {
    id: 'period',
    label: 'Ask every',
    kind: 'number',
    width: 72,
    unit: 's',
    ...at('stats/@period'),
    placeholder: 'never',
    check: wholeNumber(1, 0x7fffffff, 'The interval', true),
    hint: 'How often the guest is asked for its use of memory.',
    visible: there,
  },
  {
    id: 'autodeflate',
    label: 'When short',
    kind: 'toggle',
    toggleLabel: 'Give memory back before the guest ends a program',
    ...flag('@autodeflate', ['off', 'on'], 'off'),
    visible: there,
  },
  {
    id: 'free-pages',
    label: 'Free pages',
    kind: 'toggle',
    toggleLabel: `Return what the guest doesn’t use to ${hostWord(connection)}`,
    ...flag('@freePageReporting', ['off', 'on'], 'off'),
    visible: there,
  },
];

/** `<memballoon>`: memory that can be taken back. */
export const memballoon: DeviceEditor = {
  Icon: IconScale,
  title: () => 'Memory balloon',
  aside: modelOf,
  fields,
  add: [
    {
      id: 'balloon',
      label: 'Memory balloon',
      hint: 'Lets memory be taken back while the guest runs.',
      make: () => `<memballoon model='virtio'/>`,
      refuse: onlyOne('memballoon', 'a balloon'),
    },
  ],
};
