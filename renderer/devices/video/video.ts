import { IconDeviceDesktop } from '@tabler/icons-react';
import { at, flag, wholeNumber, type FieldSpec, type FormContext } from '../../forms/field-spec.ts';
import { hostWord } from '../../forms/support.ts';
import { readPlace } from '../../xml/edits.ts';
import type { DeviceEditor } from '../../forms/types.ts';

const hints: Record<string, string> = {
  virtio: 'Best for Linux guests; needs a virtio driver.',
  qxl: 'For SPICE and older Windows drivers.',
  vga: 'Works with every guest.',
  bochs: 'Simple and safe; for UEFI guests.',
  cirrus: 'For very old guests.',
  ramfb: 'A frame buffer for firmware and early boot.',
  none: 'No video device: the console is all there is.',
};

const modelIs =
  (...models: readonly string[]) =>
  ({ element }: FormContext) =>
    models.includes(readPlace(element, 'model/@type') ?? '');

const kib = wholeNumber(1024, 1024 * 1024, 'The memory', true);

const fields = ({ element, connection }: FormContext): readonly FieldSpec[] => {
  const model = readPlace(element, 'model/@type') ?? '';
  return [
    {
      id: 'model',
      label: 'Model',
      kind: 'select',
      width: 160,
      ...at('model/@type'),
      write: (value) => [
        { place: 'model/@type', value },
        // What only the old model knows goes with it.
        ...(value === 'qxl' ? [] : ['ram', 'vram', 'vram64', 'vgamem'].map((name) => ({ place: `model/@${name}`, value: undefined }))),
        ...(value === 'virtio' || value === 'qxl' ? [] : [{ place: 'model/@heads', value: undefined }]),
        ...(value === 'virtio' ? [] : [{ place: 'model/acceleration', value: undefined }]),
      ],
      options: [...new Set([...Object.keys(hints), ...(model === '' ? [] : [model])])].map((value) => ({ value, label: value })),
      hint: hints[model],
    },
    {
      id: 'heads',
      label: 'Screens',
      kind: 'number',
      width: 72,
      ...at('model/@heads'),
      check: wholeNumber(1, 16, 'The number of screens', true),
      visible: modelIs('virtio', 'qxl'),
    },
    {
      id: 'vram',
      label: 'Video memory',
      kind: 'number',
      width: 92,
      unit: 'KiB',
      ...at('model/@vram'),
      check: kib,
      placeholder: 'default',
      visible: modelIs('vga', 'qxl', 'bochs', 'cirrus'),
    },
    {
      id: 'accel3d',
      label: '3D',
      kind: 'toggle',
      toggleLabel: `Use the graphics of ${hostWord(connection)} (virgl)`,
      ...flag('model/acceleration/@accel3d', ['no', 'yes'], 'off'),
      visible: modelIs('virtio'),
      rare: true,
    },
  ];
};

/** `<video>`: a graphics card. */
export const video: DeviceEditor = {
  Icon: IconDeviceDesktop,
  title: (_element, index) => (index === 0 ? 'Video' : `Video ${String(index + 1)}`),
  aside: (element) => readPlace(element, 'model/@type'),
  fields,
  add: [
    {
      id: 'video',
      label: 'Video card',
      hint: 'virtio; only the first one is there at boot.',
      make: () => `<video>\n  <model type='virtio'/>\n</video>`,
    },
  ],
};
