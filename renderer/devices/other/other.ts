import {
  IconBallpen,
  IconCpu2,
  IconDeviceGamepad,
  IconFolderShare,
  IconPlug,
  IconTerminal,
  IconUsb,
  IconVolume,
} from '@tabler/icons-react';
import { attributeValue, type XmlElement } from '../../../shared/domain-xml/xml/nodes.ts';
import { readPlace } from '../../xml/edits.ts';
import { modelOf, numbered } from '../../forms/common.ts';
import type { DeviceEditor } from '../../forms/types.ts';

const plain = (
  Icon: DeviceEditor['Icon'],
  word: string,
  aside = (element: XmlElement) => modelOf(element) ?? attributeValue(element, 'type'),
): DeviceEditor => ({ Icon, title: numbered(word), aside, add: [] });

/** Kinds that are shown and edited by their XML. */
export const otherEditors = {
  console: plain(IconTerminal, 'Console', (element) => readPlace(element, 'target/@type')),
  parallel: plain(IconPlug, 'Parallel port'),
  hostdev: plain(IconPlug, 'Host device'),
  redirdev: plain(IconUsb, 'USB redirection'),
  vsock: plain(IconPlug, 'vsock'),
  iommu: plain(IconCpu2, 'IOMMU'),
  audio: plain(IconVolume, 'Audio backend'),
  hub: plain(IconUsb, 'USB hub'),
  smartcard: plain(IconBallpen, 'Smartcard'),
  shmem: plain(IconFolderShare, 'Shared memory'),
  memory: plain(IconCpu2, 'Memory module'),
  nvram: plain(IconDeviceGamepad, 'NVRAM'),
  lease: plain(IconPlug, 'Lease'),
  pstore: plain(IconPlug, 'Persistent store'),
} satisfies Readonly<Record<string, DeviceEditor>>;
