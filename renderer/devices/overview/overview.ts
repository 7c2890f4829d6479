import { IconInfoCircle } from '@tabler/icons-react';
import type { XmlElement } from '../../../shared/domain-xml/xml/nodes.ts';
import { absolutePath, at, type FieldSpec, type FormContext } from '../../forms/field-spec.ts';
import { hostWord } from '../../forms/support.ts';
import { readPlace } from '../../xml/edits.ts';
import type { DeviceEditor } from '../../forms/types.ts';
import { OverviewHead } from './overview-head.tsx';

const firmwareOf = (element: XmlElement): string => {
  const chosen = readPlace(element, 'os/@firmware');
  if (chosen !== undefined) return chosen;
  return readPlace(element, 'os/loader/@type') === 'pflash' ? 'loader' : 'bios';
};

const lifecycle = (place: string, label: string, usual: string): FieldSpec => ({
  id: place,
  label,
  kind: 'select',
  width: 220,
  rare: true,
  ...at(place),
  options: [
    { value: '', label: `Default (${usual})` },
    { value: 'destroy', label: 'destroy: switch off' },
    { value: 'restart', label: 'restart' },
    { value: 'preserve', label: 'preserve: keep it for a look' },
  ],
});

const fields = ({ facts, connection, element }: FormContext): readonly FieldSpec[] => {
  const machine = readPlace(element, 'os/type/@machine') ?? '';
  const types = [...new Set([...(machine === '' ? [] : [machine]), ...(facts?.machineTypes ?? ['pc', 'q35'])])];
  const hostCpu = readPlace(element, 'cpu/@mode') === 'host-passthrough' || readPlace(element, 'cpu/@mode') === 'host-model';
  return [
    {
      id: 'title',
      label: 'Title',
      kind: 'text',
      ...at('title'),
      check: (value) => (value.includes('\n') ? 'A title is one line.' : undefined),
    },
    { id: 'description', label: 'Description', kind: 'area', ...at('description') },
    { id: 'uuid', label: 'UUID', kind: 'static', mono: true, ...at('uuid') },
    {
      id: 'type',
      label: 'Accelerator',
      kind: 'select',
      width: 220,
      ...at('@type'),
      write: (value) => [
        { place: '@type', value },
        // Passing the host's CPU through needs KVM; emulation has `maximum` instead.
        ...(value === 'qemu' && hostCpu
          ? [
              { place: 'cpu/@mode', value: 'maximum' },
              { place: 'cpu/@check', value: undefined },
              { place: 'cpu/@migratable', value: undefined },
            ]
          : []),
      ],
      options: [
        { value: 'kvm', label: 'KVM' },
        { value: 'qemu', label: 'Emulated (TCG)' },
        ...(['kvm', 'qemu'].includes(readPlace(element, '@type') ?? '')
          ? []
          : [{ value: readPlace(element, '@type') ?? '', label: readPlace(element, '@type') ?? '' }]),
      ],
      warn: (value) =>
        value === 'kvm' && facts?.kvm.usable === 'no'
          ? facts.kvm.message
          : value === 'qemu' && facts?.kvm.usable === 'yes'
            ? `KVM works on ${hostWord(connection)} and is much faster.`
            : undefined,
    },
    { id: 'arch', label: 'Architecture', kind: 'static', mono: true, ...at('os/type/@arch') },
    {
      id: 'machine',
      label: 'Machine type',
      kind: 'select',
      width: 220,
      mono: true,
      ...at('os/type/@machine'),
      options: types.map((value) => ({ value, label: value })),
      hint: 'q35 is today’s chipset; pc is for old guests. Changing it may change where the guest finds its devices.',
    },
    {
      id: 'firmware',
      label: 'Firmware',
      kind: 'select',
      width: 220,
      read: firmwareOf,
      write: (value) =>
        value === 'efi'
          ? [{ place: 'os/@firmware', value: 'efi' }]
          : [
              { place: 'os/@firmware', value: undefined },
              { place: 'os/firmware', value: undefined },
              { place: 'os/loader', value: undefined },
              { place: 'os/nvram', value: undefined },
            ],
      options: [
        { value: 'bios', label: 'BIOS' },
        { value: 'efi', label: 'UEFI' },
        ...(firmwareOf(element) === 'loader' ? [{ value: 'loader', label: 'UEFI, files named in the XML' }] : []),
      ],
      warn: (value) =>
        value === 'efi' && facts?.uefi === false ? `No UEFI firmware is installed on ${hostWord(connection)} (package ovmf).` : undefined,
    },
    {
      id: 'emulator',
      label: 'Emulator',
      kind: 'path',
      mono: true,
      rare: true,
      ...at('devices/emulator'),
      check: absolutePath(true),
      placeholder: facts?.qemu?.path ?? 'default',
    },
    lifecycle('on_poweroff', 'On power-off', 'destroy'),
    lifecycle('on_reboot', 'On reboot', 'restart'),
    lifecycle('on_crash', 'On crash', 'destroy'),
  ];
};

/** Name, description, type, machine, firmware. */
export const overview: DeviceEditor = { Icon: IconInfoCircle, title: () => 'Overview', fields, Head: OverviewHead, add: [] };
