import type { DeviceInfo, VirtioModel, VirtioOptions } from './device.ts';

/** `<filesystem>`: a directory of the host for the guest (9p or virtiofs). */
export interface Filesystem extends DeviceInfo {
  readonly kind: 'filesystem';
  readonly type: 'mount' | 'template' | 'file' | 'block' | 'ram' | 'bind' | 'volume';
  readonly accessMode?: 'passthrough' | 'mapped' | 'squash';
  readonly fmode?: string;
  readonly dmode?: string;
  readonly multidevs?: 'default' | 'remap' | 'forbid' | 'warn';
  readonly model?: VirtioModel;
  readonly driver: VirtioOptions & {
    readonly type?: 'path' | 'handle' | 'virtiofs' | 'loop' | 'nbd' | 'ploop' | 'mtp';
    readonly writePolicy?: 'immediate';
    readonly queue?: number;
    readonly format?: string;
    readonly name?: string;
  };
  readonly sourceDir?: string;
  /** Socket of a virtiofsd that somebody else started. */
  readonly sourceSocket?: string;
  /** Tag by which the guest mounts it. */
  readonly target?: string;
  readonly readOnly: boolean;
  readonly binary?: {
    readonly path?: string;
    readonly xattr?: boolean;
    readonly cache?: 'none' | 'always';
    readonly posixLock?: boolean;
    readonly flock?: boolean;
    readonly sandbox?: 'namespace' | 'chroot';
    readonly threadPoolSize?: number;
  };
}
