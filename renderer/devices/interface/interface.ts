import { IconNetwork } from '@tabler/icons-react';
import type { XmlElement } from '../../../shared/domain-xml/xml/nodes.ts';
import { attributeValue } from '../../../shared/domain-xml/xml/nodes.ts';
import { readPlace } from '../../xml/edits.ts';
import type { DeviceEditor } from '../types.ts';

/** What a person calls a NIC: `LAN br0`, `TAP tap10`, `User mode`. */
const title = (element: XmlElement): string => {
  const type = attributeValue(element, 'type') ?? 'interface';
  const source = readPlace(element, 'source/@bridge') ?? readPlace(element, 'source/@network') ?? readPlace(element, 'source/@dev');
  if (type === 'bridge') return `LAN ${source ?? ''}`.trim();
  if (type === 'ethernet') return `TAP ${readPlace(element, 'target/@dev') ?? ''}`.trim();
  if (type === 'user') return 'User mode';
  return `${type} ${source ?? ''}`.trim();
};

const macTail = (element: XmlElement): string | undefined => {
  const mac = readPlace(element, 'mac/@address');
  return mac === undefined ? undefined : `…${mac.slice(-5)}`;
};

/** `<interface>`: a NIC. */
export const interfaceEditor: DeviceEditor = {
  Icon: IconNetwork,
  title,
  aside: macTail,
  identity: (element) => readPlace(element, 'mac/@address')?.toLowerCase(),
  hotplug: () => true,
  add: [
    {
      id: 'interface',
      label: 'Network interface',
      hint: 'User mode: works at once and needs no privilege.',
      make: () => `<interface type='user'>\n  <model type='virtio'/>\n</interface>`,
    },
  ],
};
