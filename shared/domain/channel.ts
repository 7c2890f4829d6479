import type { ChardevSource } from './chardev.ts';
import type { DeviceInfo } from './device.ts';

/** The guest's end of a channel. */
export type ChannelTarget =
  | {
      readonly type: 'virtio';
      readonly name?: string;
      /** Live only: what the guest does with it. */ readonly state?: 'connected' | 'disconnected';
    }
  | { readonly type: 'guestfwd'; readonly address: string; readonly port: number }
  | { readonly type: 'xen'; readonly name?: string };

/** `<channel>`: a private line between host and guest (guest agent, SPICE agent). */
export interface Channel extends DeviceInfo {
  readonly kind: 'channel';
  readonly source: ChardevSource;
  readonly target: ChannelTarget;
}
