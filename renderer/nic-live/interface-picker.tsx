import { Combobox, TextInput, useCombobox } from '@mantine/core';
import { IconChevronDown, IconPlus } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import type { HostInterface } from '../../shared/contract/networks.ts';
import { bridgeFacts, bridgeMeaning, byName, kindWords, mainAddress, uplinkWord } from '../nics/interface-words.ts';
import './interface-picker.css';

interface InterfacePickerProps {
  readonly id?: string;
  readonly label?: string;
  /** Ties the field's hint and error to the input (`ControlProps.inputContainer`). */
  readonly inputContainer?: ((input: ReactNode) => ReactNode) | undefined;
  readonly error?: boolean;
  readonly value: string;
  readonly readOnly?: boolean;
  readonly fieldId?: string;
  /** Has the focus when its dialog opens. */
  readonly focusFirst?: boolean;
  readonly interfaces: readonly HostInterface[] | undefined;
  /** Bridges with their facts, or the cards and other interfaces that a macvtap can stand on. */
  readonly what: 'bridge' | 'lower';
  readonly onChange: (value: string) => void;
  /** Offers "Create a bridge…" at the foot. */
  readonly onCreate?: (() => void) | undefined;
}

const State = ({ up }: { readonly up: boolean }) => (
  <span className="picker-state">
    <svg width="8" height="8" viewBox="0 0 8 8" aria-hidden className={up ? 'tone-running' : 'tone-off'}>
      {up ? (
        <circle cx="4" cy="4" r="3" fill="currentColor" />
      ) : (
        <circle cx="4" cy="4" r="2.5" fill="none" stroke="currentColor" strokeWidth="1.2" />
      )}
    </svg>{' '}
    {up ? 'Up' : 'Down'}
  </span>
);

const dimmed = (text: string | null | undefined, none = 'none'): ReactNode =>
  text === null || text === undefined ? <span className="dim words">{none}</span> : text;

/** A text field with a pick list of the host's bridges (or other interfaces) and their facts; any name can be typed. */
export function InterfacePicker(props: InterfacePickerProps) {
  const { value, interfaces, what, onChange, onCreate } = props;
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const [hinted, setHinted] = useState<string | null>(null);
  const choices = (interfaces ?? [])
    .filter((one) =>
      what === 'bridge' ? one.kind === 'bridge' : ['physical', 'vlan', 'bond', 'wireless', 'veth', 'bridge', 'other'].includes(one.kind),
    )
    .toSorted(byName);
  const typed = value !== '' && !choices.some(({ name }) => name === value);
  const shown = typed ? choices.filter(({ name }) => name.includes(value)) : choices;
  const marked = choices.find(({ name }) => name === (hinted ?? value));
  return (
    <Combobox
      store={combobox}
      width={what === 'bridge' ? 620 : 440}
      position="bottom-start"
      onOptionSubmit={(name) => {
        onChange(name);
        combobox.closeDropdown();
      }}
    >
      <Combobox.Target>
        <TextInput
          {...(props.id === undefined ? {} : { id: props.id })}
          {...(props.label === undefined ? {} : { 'aria-label': props.label })}
          {...(props.inputContainer === undefined ? {} : { inputContainer: props.inputContainer })}
          error={props.error === true}
          data-field={props.fieldId}
          data-autofocus={props.focusFirst === true || undefined}
          w={220}
          readOnly={props.readOnly === true}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.75rem' } }}
          rightSection={<IconChevronDown size={14} aria-hidden />}
          rightSectionPointerEvents="none"
          value={value}
          autoComplete="off"
          onChange={(event) => {
            const name = event.currentTarget.value.trim();
            onChange(name);
            // A whole name needs no list any more, which would only cover what stands below.
            if (choices.some((one) => one.name === name)) combobox.closeDropdown();
            else combobox.openDropdown();
          }}
          onClick={() => {
            if (props.readOnly !== true) combobox.openDropdown();
          }}
          onBlur={() => combobox.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown className="picker">
        <div className={`picker-row picker-head picker-${what}`} aria-hidden>
          <span>{what === 'bridge' ? 'Bridge' : 'Interface'}</span>
          <span>State</span>
          {what === 'bridge' ? (
            <>
              <span>Ports</span>
              <span>Uplink</span>
              <span>Host address</span>
              <span>Managed by</span>
            </>
          ) : (
            <>
              <span>Kind</span>
              <span>Member of</span>
            </>
          )}
        </div>
        <Combobox.Options
          aria-label={what === 'bridge' ? 'Bridges of this computer' : 'Interfaces of this computer'}
          mah={224}
          style={{ overflow: 'auto' }}
        >
          {shown.map((one) => (
            <Combobox.Option
              key={one.name}
              value={one.name}
              active={one.name === value}
              aria-label={`${one.name}: ${what === 'bridge' ? bridgeFacts(one) : kindWords[one.kind]}`}
              onMouseEnter={() => setHinted(one.name)}
              onMouseLeave={() => setHinted(null)}
              className={`picker-row picker-${what}`}
            >
              <span className="mono clip">{one.name}</span>
              <State up={one.up} />
              {what === 'bridge' ? (
                <>
                  <span className="num">{one.ports.length}</span>
                  <span className={`clip ${one.uplink === null ? 'dim' : 'mono'}`}>{uplinkWord(one)}</span>
                  <span className="mono clip">{dimmed(mainAddress(one))}</span>
                  <span className="clip">{dimmed(one.managedBy, 'nobody')}</span>
                </>
              ) : (
                <>
                  <span className="clip">{kindWords[one.kind]}</span>
                  <span className="mono clip">{dimmed(one.master)}</span>
                </>
              )}
            </Combobox.Option>
          ))}
        </Combobox.Options>
        {shown.length === 0 && (
          <p className="picker-none small dim">{interfaces ? 'No interface of this name.' : 'Looking at this computer’s interfaces…'}</p>
        )}
        {(onCreate || (what === 'bridge' && marked)) && (
          <div className="picker-foot">
            {onCreate && (
              <button type="button" className="link row" tabIndex={-1} onMouseDown={(event) => event.preventDefault()} onClick={onCreate}>
                <IconPlus size={13} aria-hidden /> Create a bridge…
              </button>
            )}
            <span className="grow small dim picker-meaning">{what === 'bridge' && marked ? bridgeMeaning(marked) : ''}</span>
          </div>
        )}
      </Combobox.Dropdown>
    </Combobox>
  );
}
