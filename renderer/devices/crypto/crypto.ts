import { IconShieldLock } from '@tabler/icons-react';
import { at, type FieldSpec, type FormContext } from '../../forms/field-spec.ts';
import { hostWord } from '../../forms/support.ts';
import { readPlace } from '../../xml/edits.ts';
import { choice, numbered } from '../../forms/common.ts';
import type { DeviceEditor } from '../../forms/types.ts';

const fields = ({ element, connection }: FormContext): readonly FieldSpec[] => [
  choice(
    'backend',
    'Done by',
    'backend/@model',
    { builtin: 'QEMU itself', lkcf: `The kernel of ${hostWord(connection)} (lkcf)` },
    { element, hints: { lkcf: 'Takes QEMU 8.0 or newer, and a kernel with keyrings for asymmetric keys.' } },
  ),
  {
    id: 'queues',
    label: 'Queues',
    kind: 'number',
    width: 92,
    rare: true,
    ...at('backend/@queues'),
    placeholder: '1',
    // Both back ends refuse another number (QEMU: backends/cryptodev-builtin.c, cryptodev-lkcf.c).
    check: (value) => (value === '' || value === '1' ? undefined : 'QEMU’s back ends have one queue.'),
  },
];

/** `<crypto>`: encryption for the guest. */
export const crypto: DeviceEditor = {
  Icon: IconShieldLock,
  title: numbered('Crypto device'),
  aside: (element) => readPlace(element, 'backend/@model'),
  fields,
  add: [
    {
      id: 'crypto',
      label: 'Crypto device',
      hint: 'Encrypts and decrypts for a guest that has a virtio driver for it.',
      make: () => `<crypto model='virtio' type='qemu'>\n  <backend model='builtin'/>\n</crypto>`,
    },
  ],
};
