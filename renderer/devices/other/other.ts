import {
  IconBallpen,
  IconCpu2,
  IconDeviceGamepad,
  IconDeviceTv,
  IconDice5,
  IconFolder,
  IconMouse,
  IconPlug,
  IconScale,
  IconShieldLock,
  IconTerminal,
  IconUsb,
  IconVolume,
  IconDeviceWatch,
} from '@tabler/icons-react';
import { attributeValue, childElements, firstChild, type XmlDocument, type XmlElement } from '../../../shared/domain-xml/xml/nodes.ts';
import { readPlace } from '../../xml/edits.ts';
import type { DeviceEditor } from '../types.ts';

const has = (document: XmlDocument, name: string): boolean => {
  const devices = firstChild(document.root, 'devices');
  return devices !== undefined && childElements(devices, name).length > 0;
};
const one = (name: string, what: string) => (document: XmlDocument) =>
  has(document, name) ? `This machine has ${what} already` : undefined;
const model = (element: XmlElement): string | undefined =>
  attributeValue(element, 'model') ?? readPlace(element, 'model/@type') ?? readPlace(element, 'model/@name');
const numbered = (word: string) => (_element: XmlElement, index: number) => (index === 0 ? word : `${word} ${String(index + 1)}`);

export const graphics: DeviceEditor = {
  Icon: IconDeviceTv,
  title: numbered('Screen'),
  aside: (element) => attributeValue(element, 'type')?.toUpperCase(),
  add: [
    {
      id: 'vnc',
      label: 'Screen (VNC)',
      hint: 'On a socket that only Tapestry can reach.',
      make: () => `<graphics type='vnc'/>`,
      refuse: one('graphics', 'a screen'),
    },
  ],
};
export const input: DeviceEditor = {
  Icon: IconMouse,
  title: (element) => ({ tablet: 'Tablet', mouse: 'Mouse', keyboard: 'Keyboard' })[attributeValue(element, 'type') ?? ''] ?? 'Input',
  aside: (element) => attributeValue(element, 'bus'),
  hotplug: (element) => attributeValue(element, 'bus') === 'usb',
  add: [
    {
      id: 'tablet',
      label: 'USB tablet',
      hint: 'A pointer that follows yours without being captured.',
      make: () => `<input type='tablet' bus='usb'/>`,
    },
  ],
};
export const rng: DeviceEditor = {
  Icon: IconDice5,
  title: numbered('Random numbers'),
  aside: model,
  hotplug: () => true,
  add: [
    {
      id: 'rng',
      label: 'Random number source',
      hint: 'Gives the guest entropy from this computer.',
      make: () => `<rng model='virtio'>\n  <backend model='random'>/dev/urandom</backend>\n</rng>`,
    },
  ],
};
export const balloon: DeviceEditor = {
  Icon: IconScale,
  title: () => 'Memory balloon',
  aside: model,
  add: [
    {
      id: 'balloon',
      label: 'Memory balloon',
      hint: 'Lets memory be taken back while the guest runs.',
      make: () => `<memballoon model='virtio'/>`,
      refuse: one('memballoon', 'a balloon'),
    },
  ],
};
export const watchdog: DeviceEditor = {
  Icon: IconDeviceWatch,
  title: () => 'Watchdog',
  aside: model,
  add: [
    { id: 'watchdog', label: 'Watchdog', hint: 'Resets a guest that hangs.', make: () => `<watchdog model='i6300esb' action='reset'/>` },
  ],
};
export const tpm: DeviceEditor = {
  Icon: IconShieldLock,
  title: () => 'TPM',
  aside: model,
  add: [
    {
      id: 'tpm',
      label: 'TPM 2.0, emulated',
      hint: 'Needs swtpm on this computer.',
      make: () => `<tpm model='tpm-crb'>\n  <backend type='emulator' version='2.0'/>\n</tpm>`,
      refuse: one('tpm', 'a TPM'),
    },
  ],
};
export const sound: DeviceEditor = {
  Icon: IconVolume,
  title: numbered('Sound'),
  aside: model,
  add: [{ id: 'sound', label: 'Sound card', hint: 'Intel HD Audio.', make: () => `<sound model='ich9'/>` }],
};

const plain = (
  Icon: DeviceEditor['Icon'],
  word: string,
  aside = (element: XmlElement) => model(element) ?? attributeValue(element, 'type'),
): DeviceEditor => ({
  Icon,
  title: numbered(word),
  aside,
});

/** `USB controller`, `PCIe root`, `PCIe port 3`: a q35 machine has many of the last. */
const controllerTitle = (element: XmlElement): string => {
  const type = attributeValue(element, 'type') ?? '';
  const kind = attributeValue(element, 'model') ?? '';
  if (type !== 'pci') return `${type.toUpperCase()} controller`;
  if (kind === 'pcie-root') return 'PCIe root';
  if (kind === 'pci-root') return 'PCI root';
  return `${kind === 'pcie-root-port' ? 'PCIe port' : 'PCI bridge'} ${attributeValue(element, 'index') ?? ''}`.trim();
};

/** Kinds that are shown and edited by their XML. */
export const otherEditors: Readonly<Record<string, DeviceEditor>> = {
  controller: {
    Icon: IconUsb,
    title: controllerTitle,
    aside: (element) => (attributeValue(element, 'type') === 'pci' ? undefined : attributeValue(element, 'model')),
  },
  console: plain(IconTerminal, 'Console', (element) => readPlace(element, 'target/@type')),
  channel: plain(IconPlug, 'Channel', (element) => readPlace(element, 'target/@name')),
  parallel: plain(IconPlug, 'Parallel port'),
  hostdev: { ...plain(IconPlug, 'Host device'), hotplug: () => true },
  redirdev: plain(IconUsb, 'USB redirection'),
  filesystem: plain(IconFolder, 'Shared folder', (element) => readPlace(element, 'target/@dir')),
  panic: plain(IconCpu2, 'Panic notifier'),
  vsock: plain(IconPlug, 'vsock'),
  iommu: plain(IconCpu2, 'IOMMU'),
  audio: plain(IconVolume, 'Audio backend'),
  hub: plain(IconUsb, 'USB hub'),
  smartcard: plain(IconBallpen, 'Smartcard'),
  shmem: plain(IconCpu2, 'Shared memory'),
  memory: plain(IconCpu2, 'Memory module'),
  nvram: plain(IconDeviceGamepad, 'NVRAM'),
};
