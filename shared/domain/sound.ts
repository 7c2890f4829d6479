import type { DeviceInfo } from './device.ts';

/** `<sound>`: a sound card. */
export interface Sound extends DeviceInfo {
  readonly kind: 'sound';
  readonly model: 'sb16' | 'es1370' | 'pcspk' | 'ac97' | 'ich6' | 'ich9' | 'usb' | 'ich7' | 'virtio';
  readonly codecs: readonly ('duplex' | 'micro' | 'output')[];
  readonly audioId?: number;
  readonly multichannel?: boolean;
}
