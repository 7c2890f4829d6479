import { Checkbox, Select, Switch, Textarea, TextInput } from '@mantine/core';
import { IconFolderOpen } from '@tabler/icons-react';
import { useState } from 'react';
import { CopyButton } from '../components/copy-button.tsx';
import { Field, type ControlProps } from '../components/field.tsx';
import { HostButton } from '../components/host-button.tsx';
import { FilePicker } from '../components/file-picker.tsx';
import type { FieldFault } from './field-faults.ts';
import { emptyWord, pendingValue, type FieldSpec, type FormContext } from './field-spec.ts';

/** Mantine's Select takes no empty value: "the XML says nothing" has this name there. */
const nothing = '\u0000default';

interface SpecFieldProps {
  readonly field: FieldSpec;
  readonly context: FormContext;
  readonly error: string | undefined;
  readonly readOnly: boolean;
  /** What is stored keeps the machine from starting. */
  readonly fault: FieldFault | undefined;
  /** Puts the live value back into the stored definition. */
  readonly onRevert: ((field: FieldSpec, value: string) => void) | undefined;
}

/** A value in words; of a field that is empty, what that means where the field tells it. */
const wordOf = (field: FieldSpec, value: string): string =>
  field.kind === 'toggle'
    ? value
    : (field.options?.find((option) => option.value === value)?.label ?? (value === '' ? emptyWord(field) : value));

function Control({
  field,
  context,
  control,
  readOnly,
}: {
  readonly field: FieldSpec;
  readonly context: FormContext;
  readonly control: ControlProps;
  readonly readOnly: boolean;
}) {
  const [picking, setPicking] = useState(false);
  const [typed, setTyped] = useState('');
  const value = field.read(context.element);
  // The text of an element is read without the space around it, which a word to come may still need.
  const shown = typed.trim() === value ? typed : value;
  const set = (next: string) => {
    setTyped(next);
    context.edit(field.write(next, context.element));
  };
  const mono = field.mono === true ? { input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.75rem' } } : {};
  const common = { ...control, readOnly, 'data-field': field.id, styles: mono } as const;
  switch (field.kind) {
    case 'custom':
      return field.Control ? <field.Control field={field} context={context} control={control} readOnly={readOnly} /> : null;
    case 'static':
      return (
        <>
          <span id={control.id} className={field.mono === true ? 'mono selectable' : 'selectable'}>
            {value === '' ? 'not set' : value}
          </span>
          {value !== '' && <CopyButton text={value} what={field.label} />}
        </>
      );
    case 'toggle': {
      const Toggle = field.isSwitch === true ? Switch : Checkbox;
      return (
        <Toggle
          id={control.id}
          aria-describedby={control['aria-describedby']}
          data-field={field.id}
          label={field.toggleLabel ?? field.label}
          disabled={readOnly}
          checked={value === 'on'}
          onChange={(event) => set(event.currentTarget.checked ? 'on' : 'off')}
        />
      );
    }
    case 'select': {
      const options = field.options ?? [];
      const known = options.some((option) => option.value === value)
        ? options
        : [{ value, label: value === '' ? 'Default' : value }, ...options];
      return (
        <Select
          {...common}
          disabled={readOnly}
          w={field.width}
          value={value === '' ? nothing : value}
          data={known.map((option) => ({ value: option.value === '' ? nothing : option.value, label: option.label }))}
          onChange={(next) => {
            if (next !== null) set(next === nothing ? '' : next);
          }}
        />
      );
    }
    case 'area':
      return (
        <Textarea
          {...common}
          autosize
          minRows={2}
          maxRows={8}
          className="grow"
          value={shown}
          onChange={(event) => set(event.currentTarget.value)}
        />
      );
    case 'number':
      return (
        <>
          <TextInput
            {...common}
            inputMode="numeric"
            w={field.width}
            placeholder={field.placeholder}
            value={value}
            onChange={(event) => set(event.currentTarget.value.trim())}
          />
          {field.unit !== undefined && <span className="small dim">{field.unit}</span>}
        </>
      );
    case 'text':
    case 'path':
      return (
        <>
          <TextInput
            {...common}
            {...(field.width === undefined ? { className: 'grow' } : { w: field.width })}
            placeholder={field.placeholder}
            value={shown}
            onChange={(event) => set(event.currentTarget.value)}
          />
          {field.kind === 'path' && (
            <HostButton
              operation="browse"
              leftSection={<IconFolderOpen size={15} />}
              disabled={readOnly}
              onClick={() => setPicking(true)}
              aria-label={`Browse for ${field.label}`}
            >
              Browse
            </HostButton>
          )}
          {picking && (
            <FilePicker
              title={field.label}
              start={value}
              {...(field.suffixes ? { suffixes: field.suffixes } : {})}
              onPick={(path) => {
                set(path);
                setPicking(false);
              }}
              onClose={() => setPicking(false)}
            />
          )}
        </>
      );
  }
}

/** A field spec as a row: control, hint, error, warning, the marks of edited and pending. */
export function SpecField({ field, context, error, fault, readOnly, onRevert }: SpecFieldProps) {
  const value = field.read(context.element);
  const edited = context.stored !== undefined && field.read(context.stored) !== value;
  const before = edited && context.stored ? wordOf(field, field.read(context.stored)) : undefined;
  const now = pendingValue(field, context);
  // Something else is written there by now: it is judged when it is stored.
  const standing = edited ? undefined : fault;
  const told = field.warnsOfStart === true && standing?.failed === true;
  const warning = error === undefined && !told ? field.warn?.(value, context) : undefined;
  return (
    <Field
      label={field.label}
      hint={field.hint}
      error={error}
      errorAction={error === undefined ? undefined : field.errorAction?.(value, context)}
      {...(warning === undefined ? {} : { warning })}
      edited={edited}
      fault={standing?.words}
      aside={
        before === undefined ||
        before.length > 32 ||
        field.tellsChange === true ||
        field.kind === 'area' ||
        field.kind === 'toggle' ? undefined : (
          <span className="small dim nowrap">Was {before}</span>
        )
      }
      pending={
        now !== undefined && !edited && context.stored
          ? {
              text: `Now ${wordOf(field, now)}, at next start ${wordOf(field, field.read(context.stored))}`,
              onRevert: onRevert ? () => onRevert(field, now) : undefined,
            }
          : undefined
      }
    >
      {(control) => <Control field={field} context={context} control={control} readOnly={readOnly} />}
    </Field>
  );
}
