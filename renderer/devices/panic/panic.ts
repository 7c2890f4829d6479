import { IconAlertOctagon } from '@tabler/icons-react';
import type { FieldSpec } from '../../forms/field-spec.ts';
import { choice, modelOf, onlyOne } from '../../forms/common.ts';
import type { DeviceEditor } from '../../forms/types.ts';

const fields = (): readonly FieldSpec[] => [
  choice(
    'model',
    'Model',
    '@model',
    { '': 'What the machine has', isa: 'pvpanic (ISA)', pvpanic: 'pvpanic (PCI)', hyperv: 'Hyper-V: for Windows' },
    {
      // An address belongs to the model it was written for.
      write: (value) => [
        { place: '@model', value: value === '' ? undefined : value },
        { place: 'address', value: undefined },
      ],
      hint: 'What happens then is said in the overview, by “On crash”.',
    },
  ),
];

/** `<panic>`: the guest's kernel tells that it has given up. */
export const panic: DeviceEditor = {
  Icon: IconAlertOctagon,
  title: () => 'Panic notifier',
  aside: modelOf,
  fields,
  add: [
    {
      id: 'panic',
      label: 'Panic notifier',
      hint: 'A guest whose kernel has given up is shown as crashed.',
      make: () => `<panic model='isa'/>`,
      refuse: onlyOne('panic', 'a panic notifier'),
    },
  ],
};
