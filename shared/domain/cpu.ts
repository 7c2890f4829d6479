export type CpuMode = 'custom' | 'host-model' | 'host-passthrough' | 'maximum';
export type CpuFeaturePolicy = 'force' | 'require' | 'optional' | 'disable' | 'forbid';

/** One guest NUMA cell. Memory in KiB. */
export interface NumaCell {
  readonly path: string;
  readonly id: number;
  /** vCPU ids as written (`0-3`); absent: memory only. */
  readonly cpus?: string;
  readonly memory: number;
  readonly memAccess?: 'shared' | 'private';
  readonly discard?: boolean;
  readonly distances: readonly { readonly id: number; readonly value: number }[];
  readonly caches: readonly {
    readonly level: number;
    readonly associativity: 'none' | 'direct' | 'full';
    readonly policy: 'none' | 'writeback' | 'writethrough';
    /** KiB. */
    readonly size: number;
    /** Bytes. */
    readonly line: number;
  }[];
}

/** One latency (ns) or bandwidth (KiB/s) between cells. */
export interface NumaInterconnect {
  readonly kind: 'latency' | 'bandwidth';
  readonly initiator: number;
  readonly target: number;
  readonly cache?: number;
  readonly type: 'access' | 'read' | 'write';
  readonly value: number;
}

/** `<cpu>` (formatdomain, "CPU model and topology"). */
export interface Cpu {
  readonly path: string;
  /** Absent: only topology or NUMA was given, or `custom` by way of `match`. */
  readonly mode?: CpuMode;
  readonly match?: 'exact' | 'minimum' | 'strict';
  readonly check?: 'none' | 'partial' | 'full';
  readonly migratable?: boolean;
  readonly model?: string;
  readonly fallback?: 'allow' | 'forbid';
  readonly vendorId?: string;
  readonly vendor?: string;
  readonly features: readonly { readonly path: string; readonly name: string; readonly policy?: CpuFeaturePolicy }[];
  readonly topology?: {
    readonly sockets: number;
    readonly dies: number;
    readonly clusters: number;
    readonly cores: number;
    readonly threads: number;
  };
  readonly cache?: { readonly level?: number; readonly mode: 'emulate' | 'passthrough' | 'disable' };
  readonly maxPhysAddr?: { readonly mode: 'passthrough' | 'emulate'; readonly bits?: number; readonly limit?: number };
  readonly numa: readonly NumaCell[];
  readonly interconnects: readonly NumaInterconnect[];
}
