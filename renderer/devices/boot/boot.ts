import { IconPower } from '@tabler/icons-react';
import { absolutePath, at, flag, wholeNumber, type FieldSpec, type FormContext } from '../../forms/field-spec.ts';
import { hostWord } from '../../forms/support.ts';
import { readPlace } from '../../xml/edits.ts';
import type { DeviceEditor } from '../../forms/types.ts';
import { BootDevices } from './boot-devices.tsx';

const hasKernel = ({ element }: FormContext): boolean => readPlace(element, 'os/kernel') !== undefined;

const fields = ({ connection }: FormContext): readonly FieldSpec[] => [
  {
    id: 'menu',
    label: 'Boot menu',
    kind: 'toggle',
    toggleLabel: 'Offer it at power-on',
    ...flag('os/bootmenu/@enable', ['no', 'yes'], 'off'),
  },
  {
    id: 'menu-timeout',
    label: 'For',
    kind: 'number',
    width: 92,
    unit: 'ms',
    ...at('os/bootmenu/@timeout'),
    check: wholeNumber(0, 65535, 'The time', true),
    visible: ({ element }) => readPlace(element, 'os/bootmenu/@enable') === 'yes',
  },
  {
    id: 'kernel',
    label: 'Kernel',
    kind: 'path',
    mono: true,
    ...at('os/kernel'),
    check: (value, { element }) =>
      value === '' && (readPlace(element, 'os/initrd') !== undefined || readPlace(element, 'os/cmdline') !== undefined)
        ? 'An initrd or a command line is of no use without a kernel.'
        : absolutePath(true)(value),
    hint: `Boots this kernel of ${hostWord(connection)} directly, without a boot loader. Empty: the devices above.`,
  },
  {
    id: 'initrd',
    label: 'Initrd',
    kind: 'path',
    mono: true,
    ...at('os/initrd'),
    check: absolutePath(true),
    visible: (context) => hasKernel(context) || readPlace(context.element, 'os/initrd') !== undefined,
  },
  {
    id: 'cmdline',
    label: 'Command line',
    kind: 'text',
    mono: true,
    ...at('os/cmdline'),
    visible: (context) => hasKernel(context) || readPlace(context.element, 'os/cmdline') !== undefined,
  },
];

/** Boot order, boot menu, direct kernel boot. */
export const boot: DeviceEditor = { Icon: IconPower, title: () => 'Boot', fields, Head: BootDevices, add: [] };
