import type { DeviceInfo, VirtioModel, VirtioOptions } from './device.ts';

/** `<input>`. `bus` absent: what libvirt chooses for the machine type. */
export interface Input extends DeviceInfo {
  readonly kind: 'input';
  readonly type: 'mouse' | 'tablet' | 'keyboard' | 'passthrough' | 'evdev';
  readonly bus?: 'ps2' | 'usb' | 'xen' | 'parallels' | 'virtio' | 'none';
  readonly model?: VirtioModel;
  /** Device node of passthrough and evdev. */
  readonly source?: string;
  readonly grab?: 'all';
  readonly grabToggle?: 'ctrl-ctrl' | 'alt-alt' | 'shift-shift' | 'meta-meta' | 'scrolllock' | 'ctrl-scrolllock';
  readonly repeat?: boolean;
  readonly driver: VirtioOptions;
}
