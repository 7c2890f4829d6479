import { IconDeviceTablet, IconKeyboard, IconMouse } from '@tabler/icons-react';
import { attributeValue } from '../../../shared/domain-xml/xml/nodes.ts';
import type { FieldSpec, FormContext } from '../../forms/field-spec.ts';
import { choice } from '../../forms/common.ts';
import type { DeviceEditor } from '../../forms/types.ts';

const words: Readonly<Record<string, string>> = { tablet: 'Tablet', mouse: 'Mouse', keyboard: 'Keyboard' };

const fields = ({ element }: FormContext): readonly FieldSpec[] | undefined => {
  const type = attributeValue(element, 'type') ?? '';
  if (!(type in words)) return undefined;
  return [
    choice('type', 'Type', '@type', words, {
      element,
      hints: { tablet: 'A pointer that follows yours without being captured.', mouse: 'A viewer must capture the pointer for it.' },
      // No tablet speaks PS/2 (formatdomain, "Input devices").
      write: (value, own) => [
        { place: '@type', value },
        ...(value === 'tablet' && attributeValue(own, 'bus') === 'ps2' ? [{ place: '@bus', value: 'usb' }] : []),
      ],
    }),
    choice(
      'bus',
      'Bus',
      '@bus',
      { usb: 'USB', virtio: 'VirtIO', ...(type === 'tablet' ? {} : { ps2: 'PS/2' }) },
      { element, hints: { virtio: 'Needs a virtio driver in the guest.', ps2: 'Every PC has it, the firmware knows it too.' } },
    ),
  ];
};

/** `<input>`: keyboards and pointers. What is handed through from the host is edited as XML. */
export const input: DeviceEditor = {
  Icon: IconMouse,
  iconOf: (element) => ({ keyboard: IconKeyboard, tablet: IconDeviceTablet })[attributeValue(element, 'type') ?? ''],
  title: (element) => words[attributeValue(element, 'type') ?? ''] ?? 'Input',
  aside: (element) => attributeValue(element, 'bus'),
  fields,
  add: [
    {
      id: 'tablet',
      Icon: IconDeviceTablet,
      label: 'USB tablet',
      hint: 'A pointer that follows yours without being captured.',
      make: () => `<input type='tablet' bus='usb'/>`,
    },
    {
      id: 'keyboard',
      Icon: IconKeyboard,
      label: 'Keyboard',
      hint: 'USB; every machine has a PS/2 one already.',
      make: () => `<input type='keyboard' bus='usb'/>`,
    },
  ],
};
