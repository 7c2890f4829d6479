/** `<memory>`, `<currentMemory>`, `<maxMemory>`, `<memoryBacking>`, `<memtune>`. Sizes in KiB unless said otherwise. */
export interface Memory {
  /** What the guest has at boot. */
  readonly size: number;
  /** What the balloon leaves it; equals `size` where the XML says nothing. */
  readonly current: number;
  readonly dumpCore?: boolean;
  /** Upper limit for memory that can be plugged, and its slots. */
  readonly max?: { readonly size: number; readonly slots: number };
  readonly backing: MemoryBacking;
  readonly tune?: MemoryTune;
}

export interface HugePage {
  readonly path: string;
  readonly size: number;
  /** Guest NUMA nodes, as written (`0-3,5`); absent: all. */
  readonly nodeset?: string;
}

export interface MemoryBacking {
  /** `<hugepages>` is there; without pages: the host's default size. */
  readonly hugePages?: readonly HugePage[];
  readonly noSharePages: boolean;
  readonly locked: boolean;
  readonly source?: 'file' | 'anonymous' | 'memfd';
  readonly access?: 'shared' | 'private';
  readonly allocation?: 'immediate' | 'ondemand';
  readonly allocationThreads?: number;
  readonly discard: boolean;
}

export interface MemoryTune {
  readonly hardLimit?: number;
  readonly softLimit?: number;
  readonly minGuarantee?: number;
  readonly swapHardLimit?: number;
}
