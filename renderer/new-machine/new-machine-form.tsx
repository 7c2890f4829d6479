import { Checkbox, SegmentedControl, Select, TextInput } from '@mantine/core';
import { IconFolderOpen } from '@tabler/icons-react';
import { useState } from 'react';
import type { HostFacts } from '../../shared/contract/host.ts';
import { Field, type ControlProps } from '../components/field.tsx';
import { FilePicker } from '../components/file-picker.tsx';
import { errorDataOf } from '../words/errors.ts';
import { formatBytes, formatKiB } from '../words/format.ts';
import { HostButton } from '../components/host-button.tsx';
import { hostWord } from '../forms/support.ts';
import { useConnection } from '../state/connections.ts';
import { freeName } from '../machine/machine-name.ts';
import { contentWords, formatChoices, useImageInfo } from '../forms/image-formats.ts';
import { nameFromFile, type NewMachineChoices } from './new-machine-plan.ts';
import { NetworkChoice } from './network-choice.tsx';
import { OsChoice } from './os-choice.tsx';
import type { KvmVerdict } from './use-kvm-verdict.ts';
import type { Recognised } from './use-recognised.ts';

interface NewMachineFormProps {
  readonly choices: NewMachineChoices;
  readonly errors: ReadonlyMap<string, string>;
  readonly warnings: ReadonlyMap<string, string>;
  readonly facts: HostFacts | undefined;
  readonly kvm: KvmVerdict;
  readonly recognised: Recognised;
  /** Where a new disk goes; undefined when none is made. */
  readonly diskPath: string | undefined;
  readonly freeBytes: number | undefined;
  readonly taken: readonly string[];
  readonly onChange: (part: Partial<NewMachineChoices>) => void;
}

const mono = { input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.75rem' } };

/** What is known of the picked file, below its field. */
function ImageFacts({ path }: { readonly path: string }) {
  const info = useImageInfo(path);
  if (info.error) return <span className="tone-paused">{errorDataOf(info.error).message}</span>;
  if (!info.data) return null;
  return (
    <span className="num">
      {contentWords(info.data)}, {formatBytes(info.data.virtualSize)}
      {info.data.inUseBy === undefined ? '' : `; in use by ${info.data.inUseBy}`}
    </span>
  );
}

/** The first page already shows everything that one gets. */
export function NewMachineForm({
  choices,
  errors,
  warnings,
  facts,
  kvm,
  recognised,
  diskPath,
  freeBytes,
  taken,
  onChange,
}: NewMachineFormProps) {
  const host = hostWord(useConnection());
  const [picking, setPicking] = useState<'iso' | 'disk' | 'kernel' | 'initrd' | null>(null);
  const warn = (field: string) => {
    const warning = warnings.get(field);
    return warning === undefined ? {} : { warning };
  };
  const setFile = (field: 'iso' | 'disk' | 'kernel' | 'initrd', path: string) => {
    const named = (field === 'iso' || field === 'disk') && choices.name === '' && nameFromFile(path) !== '';
    onChange({
      [field]: path,
      ...(named ? { name: freeName(nameFromFile(path), taken) } : {}),
    });
  };
  const file = (field: 'iso' | 'disk' | 'kernel' | 'initrd', label: string, placeholder?: string) => (
    <Field
      label={label}
      error={errors.get(field)}
      {...(field === 'iso' || field === 'disk' ? { hint: <ImageFacts path={choices[field]} /> } : {})}
    >
      {(control) => (
        <>
          <TextInput
            {...control}
            className="grow"
            styles={mono}
            data-field={field}
            placeholder={placeholder}
            value={choices[field]}
            onChange={(event) => onChange({ [field]: event.currentTarget.value })}
            onBlur={(event) => {
              if (event.currentTarget.value.startsWith('/')) setFile(field, event.currentTarget.value);
            }}
          />
          <HostButton
            operation="browse"
            leftSection={<IconFolderOpen size={15} />}
            aria-label={`Browse for ${label}`}
            onClick={() => setPicking(field)}
          >
            Browse
          </HostButton>
        </>
      )}
    </Field>
  );
  const text = (control: ControlProps, field: 'name' | 'cmdline' | 'vcpus' | 'memoryMib' | 'diskGib', width: number | undefined) => (
    <TextInput
      {...control}
      {...(width === undefined ? { className: 'grow' } : { w: width })}
      data-field={field}
      value={choices[field]}
      onChange={(event) => onChange({ [field]: event.currentTarget.value })}
    />
  );
  return (
    <>
      <div className="form">
        {choices.source === 'iso' && file('iso', 'ISO image', '/path/to/installer.iso')}
        {choices.source === 'iso' && <OsChoice recognised={recognised} onChange={(os) => onChange({ os })} />}
        {choices.source === 'disk' && file('disk', 'Disk image', '/path/to/disk.qcow2')}
        {choices.source === 'kernel' && (
          <>
            {file('kernel', 'Kernel', '/boot/vmlinuz')}
            {file('initrd', 'Initrd', 'none')}
            <Field label="Command line">{(control) => text(control, 'cmdline', undefined)}</Field>
          </>
        )}
        <Field label="Name" error={errors.get('name')}>
          {(control) => text(control, 'name', 220)}
        </Field>
      </div>
      <h3 className="new-machine-get">What you get</h3>
      <div className="form">
        <Field
          label="CPUs"
          error={errors.get('vcpus')}
          {...warn('vcpus')}
          aside={
            facts && (
              <span className="small dim">
                of {facts.cpus} on {host}
              </span>
            )
          }
        >
          {(control) => text(control, 'vcpus', 72)}
        </Field>
        <Field
          label="Memory"
          error={errors.get('memoryMib')}
          {...warn('memoryMib')}
          aside={<span className="small dim">MiB{facts ? ` of ${formatKiB(facts.memoryKiB)}` : ''}</span>}
        >
          {(control) => text(control, 'memoryMib', 92)}
        </Field>
        {choices.source === 'kernel' && (
          <Field label="Disk">
            {({ id }) => (
              <Checkbox
                id={id}
                label="Make a new disk"
                checked={choices.newDisk}
                onChange={(event) => onChange({ newDisk: event.currentTarget.checked })}
              />
            )}
          </Field>
        )}
        {(choices.source === 'iso' || (choices.source === 'kernel' && choices.newDisk)) && (
          <Field
            label={choices.source === 'kernel' ? 'Size' : 'Disk'}
            error={errors.get('diskGib')}
            {...warn('diskGib')}
            aside={
              <span className="small dim">
                GiB qcow2, grows as it is used{freeBytes === undefined ? '' : `; ${formatBytes(freeBytes)} free`}
              </span>
            }
            {...(diskPath === undefined ? {} : { hint: <span className="mono">{diskPath}</span> })}
          >
            {(control) => text(control, 'diskGib', 72)}
          </Field>
        )}
        {choices.source === 'disk' && (
          <Field label="Format" {...warn('diskFormat')}>
            {({ id }) => (
              <Select
                id={id}
                w={160}
                allowDeselect={false}
                value={choices.diskFormat}
                data={[...formatChoices(choices.diskFormat)]}
                onChange={(value) => {
                  if (value !== null) onChange({ diskFormat: value });
                }}
              />
            )}
          </Field>
        )}
        <NetworkChoice value={choices.network} onChange={(network) => onChange({ network })} />
        {choices.source !== 'kernel' && (
          <Field
            label="Firmware"
            {...(choices.firmware === 'efi' && facts?.uefi === false
              ? { warning: `No UEFI firmware is installed on ${host} (package ovmf).` }
              : {})}
          >
            {() => (
              <SegmentedControl
                aria-label="Firmware"
                value={choices.firmware}
                onChange={(value) => onChange({ firmware: value })}
                data={[
                  { value: 'bios', label: 'BIOS' },
                  { value: 'efi', label: 'UEFI' },
                ]}
              />
            )}
          </Field>
        )}
        <Field
          label="Accelerator"
          hint={kvm.trying ? 'KVM is being tried: a small kernel boots. Where it does, KVM is chosen.' : kvm.message}
          {...(choices.accelerator === 'kvm' && kvm.usable === 'no'
            ? { warning: `A machine with KVM won’t start on ${host} as it is.` }
            : {})}
        >
          {() => (
            <SegmentedControl
              aria-label="Accelerator"
              // On a narrow window the long word goes on in a second line.
              styles={{ label: { whiteSpace: 'normal' } }}
              value={choices.accelerator}
              onChange={(value) => onChange({ accelerator: value })}
              data={[
                { value: 'kvm', label: 'KVM' },
                { value: 'qemu', label: 'Emulated (TCG), slower' },
              ]}
            />
          )}
        </Field>
      </div>
      {picking && (
        <FilePicker
          title={{ iso: 'ISO image', disk: 'Disk image', kernel: 'Kernel', initrd: 'Initrd' }[picking]}
          start={choices[picking]}
          {...(picking === 'iso' ? { suffixes: ['.iso'] } : {})}
          onPick={(path) => {
            setFile(picking, path);
            setPicking(null);
          }}
          onClose={() => setPicking(null)}
        />
      )}
    </>
  );
}
