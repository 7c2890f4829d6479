import type { ChardevSource } from './chardev.ts';
import type { DeviceInfo, VirtioModel, VirtioOptions } from './device.ts';

/** `<rng>`: entropy for the guest. */
export interface Rng extends DeviceInfo {
  readonly kind: 'rng';
  readonly model: VirtioModel;
  readonly backend:
    | { readonly model: 'random'; /** Absent: /dev/urandom. */ readonly device?: string }
    | { readonly model: 'egd'; readonly source: ChardevSource }
    | { readonly model: 'builtin' };
  /** At most `bytes` per `period` ms (absent: 1000). */
  readonly rate?: { readonly bytes: number; readonly period?: number };
  readonly driver: VirtioOptions;
}
