import type { ReactNode } from 'react';
import type { HostInterface } from '../../shared/contract/networks.ts';
import { Field } from '../components/field.tsx';
import { InterfacePicker } from './interface-picker.tsx';

interface InterfaceFieldProps {
  readonly label: string;
  /** Bridges, or what a macvtap or an uplink can be. */
  readonly what: 'bridge' | 'lower';
  readonly value: string;
  readonly interfaces: readonly HostInterface[] | undefined;
  /** What is wrong with the value; nothing is said of an empty one, which is still to be picked. */
  readonly fault: string | undefined;
  readonly hint?: ReactNode;
  /** Has the focus when its dialog opens. */
  readonly focusFirst?: boolean;
  readonly warning?: ReactNode;
  readonly onChange: (value: string) => void;
  readonly onCreate?: () => void;
}

/** A row of a dialog's form where an interface of this computer is picked. */
export function InterfaceField({
  label,
  what,
  value,
  interfaces,
  fault,
  hint,
  focusFirst,
  warning,
  onChange,
  onCreate,
}: InterfaceFieldProps) {
  return (
    <Field label={label} error={value === '' ? undefined : fault} hint={hint} {...(warning === undefined ? {} : { warning })}>
      {({ id, inputContainer, error }) => (
        <InterfacePicker
          id={id}
          inputContainer={inputContainer}
          error={error}
          focusFirst={focusFirst === true}
          what={what}
          value={value}
          interfaces={interfaces}
          onChange={onChange}
          onCreate={onCreate}
        />
      )}
    </Field>
  );
}
