import type { UplinkDeed } from '../../shared/contract/uplink-deeds.ts';
import type { HostInterface } from '../../shared/contract/networks.ts';
import { addressText } from '../nics/interface-words.ts';

/** What sentences about an uplink name. */
export interface UplinkNames {
  readonly bridge: string;
  readonly card: string;
  /** Of the card, to which the host's belong before it is a port. */
  readonly addresses: HostInterface['addresses'];
}

/** The sentence for each thing that the helper does: nothing is said of it elsewhere. Pure. */
export const uplinkWords: Record<UplinkDeed, (names: UplinkNames) => string> = {
  'becomes-port': () => 'The card becomes a port of the bridge: guests on it are members of the network behind the card.',
  'taken-back': () => 'If you don’t confirm in time, the helper takes it back by itself, also when this window or the network is gone.',
  moves: ({ bridge, addresses }) => {
    const all = addresses.filter(({ address }) => !address.startsWith('fe80:')).map(addressText);
    const many = all.length > 1;
    return `This computer’s ${many ? 'addresses' : 'address'} ${all.join(', ')} ${many ? 'move' : 'moves'} to ${bridge === '' ? 'the bridge' : bridge} with ${many ? 'their' : 'its'} routes, and back if you don’t confirm.`;
  },
  leaves: ({ bridge, card }) => `Guests on ${bridge} lose the network behind ${card}.`,
  'moves-back': ({ bridge, card }) => `This computer’s addresses on ${bridge} move back to ${card} with their routes.`,
};
