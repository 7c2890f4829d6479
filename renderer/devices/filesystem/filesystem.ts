import { IconFolder } from '@tabler/icons-react';
import { attributeValue } from '../../../shared/domain-xml/xml/nodes.ts';
import { absolutePath, at, presence, type FieldSpec, type FormContext } from '../../forms/field-spec.ts';
import { readPlace } from '../../xml/edits.ts';
import { choice, devicesNamed, numbered } from '../../forms/common.ts';
import type { DeviceEditor } from '../../forms/types.ts';

const fields = ({ element, document }: FormContext): readonly FieldSpec[] | undefined => {
  const driver = readPlace(element, 'driver/@type') ?? 'path';
  if ((attributeValue(element, 'type') ?? 'mount') !== 'mount' || driver !== 'path') return undefined;
  const tag = readPlace(element, 'target/@dir') ?? '';
  return [
    {
      id: 'source',
      label: 'Directory',
      kind: 'path',
      mono: true,
      ...at('source/@dir'),
      write: (value) => [{ place: 'source/@dir', value }],
      check: absolutePath(false),
    },
    {
      id: 'target',
      label: 'Name in guest',
      kind: 'text',
      width: 220,
      mono: true,
      ...at('target/@dir'),
      write: (value) => [{ place: 'target/@dir', value }],
      // 31 bytes: the tag's length in the 9p device of QEMU (hw/9pfs, MAX_TAG_LEN).
      check: (value) => {
        if (value === '') return 'A name is needed.';
        if (new TextEncoder().encode(value).length > 31) return 'A name has at most 31 bytes.';
        return devicesNamed(document, 'filesystem').filter((one) => readPlace(one, 'target/@dir') === value).length > 1
          ? 'Another shared folder has this name.'
          : undefined;
      },
      hint: `In a Linux guest: mount -t 9p -o trans=virtio ${tag === '' ? 'NAME' : tag} /mnt`,
    },
    choice(
      'mode',
      'Owners',
      '@accessmode',
      {
        '': 'As they are (default)',
        passthrough: 'As they are',
        mapped: 'Kept beside the files',
        squash: 'Everything is yours',
      },
      { element, hints: { mapped: 'The guest’s owners and modes are stored as attributes of the files.' } },
    ),
    { id: 'readonly', label: 'Access', kind: 'toggle', toggleLabel: 'Read-only', ...presence('readonly') },
  ];
};

/** `<filesystem>`: a directory of the host for the guest, by 9p. virtiofs and what is for containers is edited as XML. */
export const filesystem: DeviceEditor = {
  Icon: IconFolder,
  title: numbered('Shared folder'),
  aside: (element) => readPlace(element, 'target/@dir'),
  fields,
  add: [
    {
      id: 'filesystem',
      label: 'Shared folder (9p)',
      hint: 'A directory of this computer; Linux guests can mount it.',
      make: (document) => {
        const number = devicesNamed(document, 'filesystem').length;
        return `<filesystem type='mount' accessmode='mapped'>\n  <source dir=''/>\n  <target dir='share${number === 0 ? '' : String(number + 1)}'/>\n</filesystem>`;
      },
    },
  ],
};
