import { IconPlug } from '@tabler/icons-react';
import { attributeValue } from '../../../shared/domain-xml/xml/nodes.ts';
import { absolutePath, at, type FieldSpec, type FormContext } from '../../forms/field-spec.ts';
import { readPlace } from '../../xml/edits.ts';
import { choice, devicesNamed } from '../../forms/common.ts';
import type { DeviceEditor } from '../../forms/types.ts';

const agent = 'org.qemu.guest_agent.0';

const fields = ({ element, document }: FormContext): readonly FieldSpec[] | undefined => {
  if (attributeValue(element, 'type') !== 'unix' || readPlace(element, 'target/@type') !== 'virtio') return undefined;
  return [
    {
      id: 'name',
      label: 'Name in guest',
      kind: 'text',
      mono: true,
      ...at('target/@name'),
      write: (value) => [{ place: 'target/@name', value }],
      check: (value) => {
        if (value === '') return 'A name is needed: the guest’s program looks for it.';
        return devicesNamed(document, 'channel').filter((one) => readPlace(one, 'target/@name') === value).length > 1
          ? 'Another channel has this name.'
          : undefined;
      },
      hint:
        readPlace(element, 'target/@name') === agent ? 'The QEMU guest agent; the guest needs the package qemu-guest-agent.' : undefined,
    },
    {
      id: 'path',
      label: 'Socket',
      kind: 'path',
      mono: true,
      rare: true,
      ...at('source/@path'),
      // Without a path the start chooses one, and QEMU listens; with one the XML must say who listens.
      write: (value, own) => [
        { place: 'source/@path', value: value === '' ? undefined : value },
        { place: 'source/@mode', value: value === '' ? undefined : (readPlace(own, 'source/@mode') ?? 'bind') },
      ],
      placeholder: 'chosen at the start',
      check: absolutePath(true),
    },
    choice(
      'mode',
      'QEMU',
      'source/@mode',
      { bind: 'listens', connect: 'connects' },
      { rare: true, visible: () => readPlace(element, 'source/@path') !== undefined },
    ),
  ];
};

/** `<channel>`: a private line between host and guest. Those on a socket have a form. */
export const channel: DeviceEditor = {
  Icon: IconPlug,
  title: (element) => (readPlace(element, 'target/@name') === agent ? 'Guest agent' : 'Channel'),
  aside: (element) => (readPlace(element, 'target/@name') === agent ? undefined : readPlace(element, 'target/@name')),
  fields,
  add: [
    {
      id: 'guest-agent',
      label: 'Guest agent channel',
      hint: 'For the QEMU guest agent, which tells addresses and more.',
      make: () => `<channel type='unix'>\n  <target type='virtio' name='${agent}'/>\n</channel>`,
      refuse: (document) =>
        devicesNamed(document, 'channel').some((one) => readPlace(one, 'target/@name') === agent)
          ? 'This machine has a guest agent channel already'
          : undefined,
    },
  ],
};
