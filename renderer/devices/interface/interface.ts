import { IconNetwork } from '@tabler/icons-react';
import { generateMac } from '../../../shared/domain-xml/index.ts';
import { macTail, nicTitle } from '../../network/nic-words.ts';
import { readPlace } from '../../xml/edits.ts';
import type { DeviceEditor } from '../types.ts';
import { NicStrip } from './live-strip.tsx';
import { NicActions } from './nic-actions.tsx';
import { nicFields } from './nic-fields.ts';
import { PortForwards } from './port-forwards.tsx';

/** `<interface>`: a NIC. */
export const interfaceEditor: DeviceEditor = {
  Icon: IconNetwork,
  title: nicTitle,
  aside: (element) => {
    const mac = readPlace(element, 'mac/@address');
    return mac === undefined ? undefined : macTail(mac);
  },
  identity: (element) => readPlace(element, 'mac/@address')?.toLowerCase(),
  fields: nicFields,
  Strip: NicStrip,
  Actions: NicActions,
  Extra: PortForwards,
  hotplug: (element) => ['bridge', 'ethernet', 'user'].includes(element.attributes.find(({ name }) => name === 'type')?.value ?? 'user'),
  add: [
    {
      id: 'interface',
      label: 'Network interface',
      hint: 'On a bridge, a TAP of your own, or user mode, which needs no privilege.',
      make: () => `<interface type='user'>\n  <mac address='${generateMac()}'/>\n  <model type='virtio'/>\n</interface>`,
    },
  ],
};
