import { IconNetwork } from '@tabler/icons-react';
import { generateMac } from '../../../shared/domain-xml/index.ts';
import { macTail, nicTitle } from '../../nics/nic-words.ts';
import { readPlace } from '../../xml/edits.ts';
import type { DeviceEditor } from '../../forms/types.ts';
import { NicStrip } from '../../nic-live/live-strip.tsx';
import { NicActions } from '../../nic-live/nic-actions.tsx';
import { nicFields } from './nic-fields.ts';
import { NicSubtitle } from './nic-subtitle.tsx';
import { PortForwards } from './port-forwards.tsx';
import { ReplugNow } from './replug.tsx';

/** `<interface>`: a NIC. */
export const interfaceEditor: DeviceEditor = {
  Icon: IconNetwork,
  title: nicTitle,
  aside: (element) => {
    const mac = readPlace(element, 'mac/@address');
    return mac === undefined ? undefined : macTail(mac);
  },
  fields: nicFields,
  Strip: NicStrip,
  Subtitle: NicSubtitle,
  Actions: NicActions,
  ApplyNow: ReplugNow,
  Extra: PortForwards,
  add: [
    {
      id: 'interface',
      label: 'Network interface',
      hint: 'On a bridge, a TAP of your own, or user mode, which needs no privilege.',
      make: () => `<interface type='user'>\n  <mac address='${generateMac()}'/>\n  <model type='virtio'/>\n</interface>`,
    },
  ],
};
