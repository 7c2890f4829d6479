import type { DeviceInfo, VirtioModel, VirtioOptions } from './device.ts';

/** `<vsock>`. */
export interface Vsock extends DeviceInfo {
  readonly kind: 'vsock';
  readonly model: VirtioModel;
  readonly cid: { readonly auto?: boolean; /** From 3. */ readonly address?: number };
  readonly driver: VirtioOptions;
}
