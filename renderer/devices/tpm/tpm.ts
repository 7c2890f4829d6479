import { IconShieldLock } from '@tabler/icons-react';
import { flag, type FieldSpec, type FormContext } from '../../forms/field-spec.ts';
import { readPlace } from '../../xml/edits.ts';
import { choice, modelOf, onlyOne } from '../../forms/common.ts';
import type { DeviceEditor } from '../../forms/types.ts';

const fields = ({ element }: FormContext): readonly FieldSpec[] | undefined => {
  if (readPlace(element, 'backend/@type') !== 'emulator') return undefined;
  const model = choice(
    'model',
    'Model',
    '@model',
    { 'tpm-crb': 'CRB', 'tpm-tis': 'TIS' },
    {
      element,
      hints: { 'tpm-crb': 'What Windows 11 looks for.', 'tpm-tis': 'The older interface; TPM 1.2 has no other.' },
    },
  );
  return [
    {
      ...model,
      // TPM 1.2 can't be reached by CRB (formatdomain, "TPM device").
      check: (value) =>
        value === 'tpm-crb' && readPlace(element, 'backend/@version') === '1.2' ? 'A TPM 1.2 has the interface TIS.' : undefined,
    },
    choice('version', 'Version', 'backend/@version', { '': 'Default (2.0)', '2.0': '2.0', '1.2': '1.2' }),
    {
      id: 'persistent',
      label: 'State',
      kind: 'toggle',
      toggleLabel: 'Keep it for a machine without a stored definition too',
      rare: true,
      ...flag('backend/@persistent_state', ['no', 'yes'], 'off'),
    },
  ];
};

/** `<tpm>`: a trusted platform module, emulated by swtpm. One of the host's is edited as XML. */
export const tpm: DeviceEditor = {
  Icon: IconShieldLock,
  title: () => 'TPM',
  aside: modelOf,
  fields,
  add: [
    {
      id: 'tpm',
      label: 'TPM 2.0, emulated',
      hint: 'Needs swtpm on this computer.',
      make: () => `<tpm model='tpm-crb'>\n  <backend type='emulator' version='2.0'/>\n</tpm>`,
      refuse: onlyOne('tpm', 'a TPM'),
    },
  ],
};
