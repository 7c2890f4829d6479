import type { DeviceInfo, VirtioOptions } from './device.ts';

export type VideoModel =
  'vga' | 'cirrus' | 'vmvga' | 'xen' | 'vbox' | 'qxl' | 'parallels' | 'virtio' | 'gop' | 'none' | 'bochs' | 'ramfb' | 'default';

/** `<video>`. Memory sizes in KiB. */
export interface Video extends DeviceInfo {
  readonly kind: 'video';
  /** `default` where the XML has no `<model>`. */
  readonly model: VideoModel;
  readonly vram?: number;
  readonly vram64?: number;
  readonly ram?: number;
  readonly vgamem?: number;
  readonly heads?: number;
  readonly primary: boolean;
  readonly blob?: boolean;
  readonly acceleration?: { readonly accel3d?: boolean; readonly accel2d?: boolean; readonly renderNode?: string };
  readonly resolution?: { readonly x: number; readonly y: number };
  readonly driver: VirtioOptions & { readonly name?: 'qemu' | 'vhostuser'; readonly vgaconf?: 'io' | 'on' | 'off' };
}
