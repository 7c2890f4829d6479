import { IconDice5 } from '@tabler/icons-react';
import { absolutePath, at, wholeNumber, type FieldSpec, type FormContext } from '../../forms/field-spec.ts';
import { hostWord } from '../../forms/support.ts';
import { readPlace } from '../../xml/edits.ts';
import { choice, modelOf, numbered, virtioModels } from '../../forms/common.ts';
import type { DeviceEditor } from '../../forms/types.ts';

const fields = ({ element, connection }: FormContext): readonly FieldSpec[] | undefined => {
  const backend = readPlace(element, 'backend/@model');
  if (backend !== 'random' && backend !== 'builtin') return undefined;
  return [
    choice(
      'backend',
      'Taken from',
      'backend/@model',
      { random: `A device of ${hostWord(connection)}`, builtin: 'QEMU itself' },
      {
        write: (value) => [
          { place: 'backend', value: value === 'random' ? '/dev/urandom' : '' },
          { place: 'backend/@model', value },
        ],
      },
    ),
    {
      id: 'device',
      label: 'Device',
      kind: 'text',
      width: 220,
      mono: true,
      read: (own) => readPlace(own, 'backend') ?? '',
      write: (value) => [{ place: 'backend', value }],
      placeholder: '/dev/urandom',
      check: absolutePath(true),
      warn: (value) => (value === '/dev/random' ? 'On old kernels it waits for entropy, and the guest with it.' : undefined),
      visible: () => backend === 'random',
    },
    {
      id: 'bytes',
      label: 'At most',
      kind: 'number',
      width: 92,
      unit: 'bytes',
      ...at('rate/@bytes'),
      // A period without an amount means nothing.
      write: (value) =>
        value === ''
          ? [
              { place: 'rate/@period', value: undefined },
              { place: 'rate/@bytes', value: undefined },
            ]
          : [{ place: 'rate/@bytes', value }],
      placeholder: 'no limit',
      check: wholeNumber(1, 0xffffffff, 'The amount', true),
    },
    {
      id: 'period',
      label: 'Per',
      kind: 'number',
      width: 92,
      unit: 'ms',
      ...at('rate/@period'),
      placeholder: '1000',
      check: wholeNumber(1, 0xffffffff, 'The period', true),
      visible: () => readPlace(element, 'rate/@bytes') !== undefined,
    },
    choice('model', 'Model', '@model', virtioModels, { rare: true }),
  ];
};

/** `<rng>`: entropy for the guest. One that is fed by a daemon (EGD) is edited as XML. */
export const rng: DeviceEditor = {
  Icon: IconDice5,
  title: numbered('Random numbers'),
  aside: modelOf,
  fields,
  add: [
    {
      id: 'rng',
      label: 'Random number source',
      hint: 'Gives the guest entropy from this computer.',
      make: () => `<rng model='virtio'>\n  <backend model='random'>/dev/urandom</backend>\n</rng>`,
    },
  ],
};
