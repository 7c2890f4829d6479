import { IconDatabase, IconServer2, IconTopologyBus, IconUsb } from '@tabler/icons-react';
import { attributeValue, type XmlDocument, type XmlElement } from '../../../shared/domain-xml/xml/nodes.ts';
import { at, wholeNumber, type FieldSpec, type FormContext } from '../../forms/field-spec.ts';
import { choice, devicesNamed } from '../../forms/common.ts';
import type { DeviceEditor } from '../../forms/types.ts';

const typeOf = (element: XmlElement): string => attributeValue(element, 'type') ?? '';

/** `USB controller`, `PCIe root`, `PCIe port 3`: a q35 machine has many of the last. */
const title = (element: XmlElement): string => {
  const type = typeOf(element);
  const model = attributeValue(element, 'model') ?? '';
  if (type === 'virtio-serial') return 'VirtIO serial';
  if (type !== 'pci') return `${type.toUpperCase()} controller`;
  if (model === 'pcie-root') return 'PCIe root';
  if (model === 'pci-root') return 'PCI root';
  return `${model === 'pcie-root-port' ? 'PCIe port' : 'PCI bridge'} ${attributeValue(element, 'index') ?? ''}`.trim();
};

/** The first index that no controller of a type has. */
const freeIndex = (document: XmlDocument, type: string): number => {
  const taken = new Set(
    devicesNamed(document, 'controller')
      .filter((one) => typeOf(one) === type)
      .map((one) => Number(attributeValue(one, 'index') ?? '0')),
  );
  let index = 0;
  while (taken.has(index)) index += 1;
  return index;
};

const ports = (most: number, what: string): FieldSpec => ({
  id: 'ports',
  label: 'Ports',
  kind: 'number',
  width: 72,
  ...at('@ports'),
  placeholder: 'default',
  check: wholeNumber(1, most, what, true),
});

const usb: FieldSpec = choice(
  'model',
  'Model',
  '@model',
  {
    '': 'What the machine has',
    'qemu-xhci': 'USB 3 (qemu-xhci)',
    'nec-xhci': 'USB 3 (nec-xhci)',
    ehci: 'USB 2 (ehci)',
    'piix3-uhci': 'USB 1 (piix3-uhci)',
    none: 'No USB',
  },
  {
    write: (value) => [
      { place: '@model', value: value === '' ? undefined : value },
      // Only xHCI takes a number of ports.
      ...(value.endsWith('xhci') ? [] : [{ place: '@ports', value: undefined }]),
    ],
  },
);

const scsi: FieldSpec = choice('model', 'Model', '@model', {
  '': 'What the machine has',
  'virtio-scsi': 'VirtIO SCSI',
  lsilogic: 'LSI Logic 53C895A',
  lsisas1068: 'LSI SAS 1068',
  lsisas1078: 'LSI MegaRAID SAS 1078',
  vmpvscsi: 'VMware PVSCSI',
});

const fields = ({ element }: FormContext): readonly FieldSpec[] | undefined => {
  switch (typeOf(element)) {
    case 'usb':
      return [usb, { ...ports(15, 'The number of ports'), visible: () => (attributeValue(element, 'model') ?? '').endsWith('xhci') }];
    case 'scsi':
      return [
        scsi,
        {
          id: 'queues',
          label: 'Queues',
          kind: 'number',
          width: 72,
          ...at('driver/@queues'),
          placeholder: 'default',
          check: wholeNumber(1, 256, 'The number of queues', true),
          hint: 'Best as many as the machine has vCPUs.',
          visible: () => attributeValue(element, 'model') === 'virtio-scsi',
        },
      ];
    case 'virtio-serial':
      return [ports(31, 'The number of ports')];
    default:
      return undefined;
  }
};

const icons: Readonly<Record<string, DeviceEditor['Icon']>> = {
  usb: IconUsb,
  scsi: IconDatabase,
  sata: IconDatabase,
  ide: IconDatabase,
  fdc: IconDatabase,
  'virtio-serial': IconServer2,
};

/** `<controller>`: what buses begin at. USB, SCSI and virtio-serial have a form; PCI bridges come by themselves and are edited as XML. */
export const controller: DeviceEditor = {
  Icon: IconTopologyBus,
  iconOf: (element) => icons[typeOf(element)],
  title,
  aside: (element) => (typeOf(element) === 'pci' ? undefined : attributeValue(element, 'model')),
  fields,
  add: [
    {
      id: 'usb-controller',
      Icon: IconUsb,
      label: 'USB controller',
      hint: 'USB 3, for more devices than one carries.',
      make: (document) => `<controller type='usb' index='${String(freeIndex(document, 'usb'))}' model='qemu-xhci'/>`,
      refuse: (document) =>
        devicesNamed(document, 'controller').some((one) => typeOf(one) === 'usb' && attributeValue(one, 'model') === 'none')
          ? 'USB is switched off in this machine'
          : undefined,
    },
    {
      id: 'scsi-controller',
      Icon: IconDatabase,
      label: 'SCSI controller',
      hint: 'VirtIO SCSI: many disks, and CD-ROMs that come and go.',
      make: (document) => `<controller type='scsi' index='${String(freeIndex(document, 'scsi'))}' model='virtio-scsi'/>`,
    },
  ],
};
