import type { MachineSummary } from '../../shared/contract/machines.ts';
import { attributeValue, type XmlElement } from '../../shared/domain-xml/xml/nodes.ts';
import { readPlace } from '../xml/edits.ts';

/** Must the guest of a running machine let go of a device, and can it not at present? USB devices go without asking it. Pure. */
export const needsGuest = ({ state }: Pick<MachineSummary, 'state'>, live: XmlElement): boolean =>
  ['paused', 'pmsuspended', 'crashed'].includes(state) &&
  (attributeValue(live, 'bus') ?? readPlace(live, 'target/@bus') ?? readPlace(live, 'address/@type')) !== 'usb';

/** Why a guest that doesn't run can't let go of something. */
export const letsNothingGo = ({ state }: Pick<MachineSummary, 'state'>, what: string): string =>
  `The machine ${state === 'paused' ? 'is paused' : state === 'crashed' ? 'has crashed' : 'sleeps'}: its guest can’t let go of ${what}`;
