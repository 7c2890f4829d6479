import { IconDeviceWatch } from '@tabler/icons-react';
import type { FieldSpec, FormContext } from '../../forms/field-spec.ts';
import { choice, isQ35, modelOf, numbered } from '../../forms/common.ts';
import type { DeviceEditor } from '../../forms/types.ts';

const fields = ({ element, document }: FormContext): readonly FieldSpec[] => [
  choice(
    'model',
    'Model',
    '@model',
    { i6300esb: 'Intel 6300ESB (PCI)', ...(isQ35(document) ? { itco: 'Intel TCO (built into q35)' } : {}), ib700: 'iBASE 700 (ISA)' },
    { hint: 'The guest needs its driver and a program that feeds it.' },
  ),
  choice(
    'action',
    'When it barks',
    '@action',
    {
      reset: 'Reset the machine',
      shutdown: 'Ask the guest to shut down',
      poweroff: 'Switch the machine off',
      pause: 'Pause the machine',
      'inject-nmi': 'Send an interrupt (NMI)',
      none: 'Do nothing',
    },
    {
      element,
      read: (own) => own.attributes.find(({ name }) => name === 'action')?.value ?? 'reset',
      hints: { shutdown: 'A guest that hangs will hardly hear it.', pause: 'It stays as it is, for a look.' },
    },
  ),
];

/** `<watchdog>`: acts when the guest hangs. */
export const watchdog: DeviceEditor = {
  Icon: IconDeviceWatch,
  title: numbered('Watchdog'),
  aside: modelOf,
  fields,
  add: [
    { id: 'watchdog', label: 'Watchdog', hint: 'Resets a guest that hangs.', make: () => `<watchdog model='i6300esb' action='reset'/>` },
  ],
};
