import { IconVolume } from '@tabler/icons-react';
import type { FieldSpec, FormContext } from '../../forms/field-spec.ts';
import { choice, modelOf, numbered } from '../../forms/common.ts';
import type { DeviceEditor } from '../../forms/types.ts';

const fields = ({ element }: FormContext): readonly FieldSpec[] => [
  choice(
    'model',
    'Model',
    '@model',
    {
      ich9: 'Intel HD Audio (ICH9)',
      ich6: 'Intel HD Audio (ICH6)',
      virtio: 'VirtIO',
      usb: 'USB',
      ac97: 'AC’97',
      es1370: 'Ensoniq ES1370',
      sb16: 'Sound Blaster 16',
    },
    {
      element,
      hints: { ich9: 'Works with every guest of the last fifteen years.', virtio: 'Needs a virtio driver in the guest (Linux 5.13).' },
      // Codecs are of HD Audio alone (formatdomain, "Sound devices").
      write: (value) => [
        { place: '@model', value },
        ...(value === 'ich6' || value === 'ich9' ? [] : [{ place: 'codec', value: undefined }]),
        ...(value === 'usb' ? [] : [{ place: '@multichannel', value: undefined }]),
      ],
    },
  ),
  choice(
    'codec',
    'Plugs',
    'codec/@type',
    { '': 'Line in and out (default)', duplex: 'Line in and out', micro: 'Microphone and speaker', output: 'Speaker only' },
    { visible: ({ element: own }) => ['ich6', 'ich9'].includes(modelOf(own) ?? '') },
  ),
];

/** `<sound>`: a sound card. */
export const sound: DeviceEditor = {
  Icon: IconVolume,
  title: numbered('Sound'),
  aside: modelOf,
  fields,
  add: [{ id: 'sound', label: 'Sound card', hint: 'Intel HD Audio.', make: () => `<sound model='ich9'/>` }],
};
