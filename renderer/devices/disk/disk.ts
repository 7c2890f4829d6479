import { createElement } from 'react';
import { IconDeviceFloppy, IconDisc, IconServer2 } from '@tabler/icons-react';
import { attributeValue, childElements, firstChild, type XmlDocument, type XmlElement } from '../../../shared/domain-xml/xml/nodes.ts';
import { absolutePath, at, presence, wholeNumber, type FieldSpec, type FormContext } from '../../forms/field-spec.ts';
import { hostWord } from '../../forms/support.ts';
import { readPlace } from '../../xml/edits.ts';
import type { DeviceEditor } from '../../forms/types.ts';
import { formatChoices } from '../../forms/image-formats.ts';
import { DiskFormat, formatChanges } from './disk-format.tsx';
import { DiskImage } from './disk-image.tsx';
import { targetPrefix } from '../../../shared/domain-xml/build/disk-target.ts';
import { freeTargetIn, targetProblem } from './disk-target.ts';

const busWords: Record<string, string> = { virtio: 'VirtIO', sata: 'SATA', ide: 'IDE', scsi: 'SCSI', usb: 'USB', fdc: 'Floppy' };
const kindOf = (element: XmlElement): string => attributeValue(element, 'device') ?? 'disk';
const isCd = (element: XmlElement): boolean => kindOf(element) === 'cdrom';

const choices = (...values: readonly (readonly [string, string])[]) => values.map(([value, label]) => ({ value, label }));

const fields = (context: FormContext): readonly FieldSpec[] => {
  const block = attributeValue(context.element, 'type') === 'block';
  const removable = kindOf(context.element) !== 'disk';
  return [
    {
      id: 'source',
      label: block ? 'Device' : removable ? 'Medium' : 'Image',
      kind: 'path',
      mono: true,
      ...at(block ? 'source/@dev' : 'source/@file'),
      check: absolutePath(removable),
      hint: createElement(DiskImage, { context }),
      ...(isCd(context.element) ? { suffixes: ['.iso', '.img'] } : {}),
      ...(removable ? { placeholder: 'empty' } : {}),
    },
    {
      id: 'bus',
      label: 'Bus',
      kind: 'select',
      width: 120,
      ...at('target/@bus'),
      write: (value, element) => [
        { place: 'target/@bus', value },
        // The target's letters follow the bus; the old address can't be on the new one.
        ...(targetPrefix(value) === targetPrefix(readPlace(element, 'target/@bus') ?? '')
          ? []
          : [{ place: 'target/@dev', value: freeTargetIn(context.document, value) }]),
        { place: 'address', value: undefined },
      ],
      options: choices(['virtio', 'VirtIO'], ['sata', 'SATA'], ['scsi', 'SCSI'], ['ide', 'IDE'], ['usb', 'USB'], ['fdc', 'Floppy']).filter(
        ({ value }) =>
          kindOf(context.element) === 'floppy' ? value === 'fdc' : value !== 'fdc' && !(isCd(context.element) && value === 'virtio'),
      ),
      hint: readPlace(context.element, 'target/@bus') === 'virtio' ? 'Fastest. Needs a virtio driver in the guest.' : undefined,
    },
    {
      id: 'target',
      label: 'Name in guest',
      kind: 'text',
      width: 92,
      mono: true,
      ...at('target/@dev'),
      check: (value, { document, element }) => targetProblem(document, element, value),
      hint: 'Orders the disks; a Linux guest may name them otherwise.',
    },
    {
      id: 'format',
      label: 'Format',
      kind: 'select',
      width: 120,
      ...at('driver/@type'),
      read: (element) => readPlace(element, 'driver/@type') ?? 'raw',
      write: formatChanges,
      options: formatChoices(readPlace(context.element, 'driver/@type') ?? ''),
      hint: createElement(DiskFormat, { context }),
    },
    {
      id: 'readonly',
      label: 'Access',
      kind: 'toggle',
      toggleLabel: 'Read-only',
      ...presence('readonly'),
      visible: ({ element }) => !isCd(element),
    },
    {
      id: 'shareable',
      label: 'Shared',
      kind: 'toggle',
      toggleLabel: 'Other machines may use it at the same time',
      ...presence('shareable'),
      visible: ({ element }) => !isCd(element),
      rare: true,
    },
    {
      id: 'boot',
      label: 'Boot order',
      kind: 'number',
      width: 72,
      ...at('boot/@order'),
      check: wholeNumber(1, 999, 'The boot order', true),
      placeholder: 'none',
    },
    {
      id: 'cache',
      label: 'Cache',
      kind: 'select',
      width: 160,
      rare: true,
      ...at('driver/@cache'),
      options: choices(
        ['', 'Default'],
        ['none', 'none'],
        ['writeback', 'writeback'],
        ['writethrough', 'writethrough'],
        ['directsync', 'directsync'],
        ['unsafe', 'unsafe'],
      ),
      warn: (value, { connection }) =>
        value === 'unsafe' ? `The guest’s flushes are ignored: a crash of ${hostWord(connection)} may ruin the image.` : undefined,
    },
    {
      id: 'io',
      label: 'I/O',
      kind: 'select',
      width: 160,
      rare: true,
      ...at('driver/@io'),
      options: choices(['', 'Default'], ['threads', 'threads'], ['native', 'native'], ['io_uring', 'io_uring']),
      check: (value, { element }) =>
        value === 'native' && !['none', 'directsync'].includes(readPlace(element, 'driver/@cache') ?? '')
          ? 'Native I/O needs the cache “none” or “directsync”.'
          : undefined,
    },
    {
      id: 'discard',
      label: 'Discard',
      kind: 'select',
      width: 160,
      rare: true,
      ...at('driver/@discard'),
      options: choices(['', 'Default'], ['unmap', 'unmap: give space back'], ['ignore', 'ignore']),
    },
    {
      id: 'serial',
      label: 'Serial number',
      kind: 'text',
      width: 220,
      rare: true,
      mono: true,
      ...at('serial'),
      check: (value) => (value.length > 36 ? 'A serial number has at most 36 characters.' : undefined),
    },
  ];
};

const target = (element: XmlElement): string | undefined => readPlace(element, 'target/@dev');

/** Everything but the medium is the same: then it is a change of medium, which runs live. */
const mediumOnly = (stored: XmlElement, edited: XmlElement): boolean =>
  kindOf(edited) !== 'disk' &&
  ['target/@bus', 'target/@dev', 'boot/@order', 'driver/@cache', 'serial'].every(
    (place) => readPlace(stored, place) === readPlace(edited, place),
  );

const hasDisk = (document: XmlDocument): boolean => {
  const devices = firstChild(document.root, 'devices');
  return devices !== undefined && childElements(devices, 'disk').some((one) => kindOf(one) === 'disk');
};

/** `<disk>`: hard disk, CD-ROM, floppy. */
export const disk: DeviceEditor = {
  Icon: IconServer2,
  iconOf: (element) => (isCd(element) ? IconDisc : kindOf(element) === 'floppy' ? IconDeviceFloppy : undefined),
  title: (element, index) => {
    const bus = busWords[readPlace(element, 'target/@bus') ?? ''] ?? '';
    if (isCd(element)) return `${bus} CD-ROM`.trim();
    return kindOf(element) === 'floppy' ? 'Floppy' : `${bus} disk ${String(index + 1)}`.trim();
  },
  aside: target,
  fields,
  liveUpdate: mediumOnly,
  add: [
    {
      id: 'disk',
      label: 'Disk',
      hint: 'An image that exists, or one that is made now.',
      make: (document) =>
        `<disk type='file' device='disk'>\n  <driver name='qemu' type='qcow2'${hasDisk(document) ? '' : " discard='unmap'"}/>\n  <source file=''/>\n  <target dev='${freeTargetIn(document, 'virtio')}' bus='virtio'/>\n</disk>`,
    },
    {
      id: 'cdrom',
      Icon: IconDisc,
      label: 'CD-ROM',
      hint: 'With an ISO image, or empty.',
      make: (document) =>
        `<disk type='file' device='cdrom'>\n  <driver name='qemu' type='raw'/>\n  <target dev='${freeTargetIn(document, 'sata')}' bus='sata'/>\n  <readonly/>\n</disk>`,
    },
  ],
};
