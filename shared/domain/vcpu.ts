/** `<vcpu>` and `<vcpus>`. */
export interface Vcpus {
  /** Most vCPUs the guest can have, from 1. */
  readonly max: number;
  /** How many it has at boot; equals `max` where the XML says nothing. */
  readonly current: number;
  readonly placement?: 'static' | 'auto';
  /** Host CPUs as written (`1-4,^3,6`). */
  readonly cpuset?: string;
  /** `<vcpus>`: each vCPU by itself. */
  readonly individual?: readonly {
    readonly id: number;
    readonly enabled: boolean;
    readonly hotpluggable?: boolean;
    readonly order?: number;
  }[];
}

/** One `<iothread>`. */
export interface IoThread {
  readonly id: number;
  readonly poolMin?: number;
  readonly poolMax?: number;
}

/** `<iothreads>`, `<iothreadids>`, `<defaultiothread>`. */
export interface IoThreads {
  /** All threads, the numbered ones of `<iothreadids>` first, filled up to the count. */
  readonly threads: readonly IoThread[];
  readonly defaultPoolMin?: number;
  readonly defaultPoolMax?: number;
}

export interface SchedulerSetting {
  readonly path: string;
  /** Ids as written (`0-3`); absent for the emulator. */
  readonly ids?: string;
  readonly scheduler: 'batch' | 'idle' | 'fifo' | 'rr';
  readonly priority?: number;
}

export interface CpuPin {
  readonly path: string;
  readonly id?: number;
  readonly cpuset: string;
}

/** `<cputune>`. Periods and quotas in µs. Applied outside QEMU (cgroups, affinity). */
export interface CpuTune {
  readonly path: string;
  readonly shares?: number;
  readonly period?: number;
  readonly quota?: number;
  readonly globalPeriod?: number;
  readonly globalQuota?: number;
  readonly emulatorPeriod?: number;
  readonly emulatorQuota?: number;
  readonly iothreadPeriod?: number;
  readonly iothreadQuota?: number;
  readonly vcpuPins: readonly CpuPin[];
  readonly emulatorPin?: CpuPin;
  readonly iothreadPins: readonly CpuPin[];
  readonly vcpuSched: readonly SchedulerSetting[];
  readonly iothreadSched: readonly SchedulerSetting[];
  readonly emulatorSched?: SchedulerSetting;
}

export type NumaMode = 'strict' | 'preferred' | 'interleave' | 'restrictive';

/** `<numatune>`. Node sets as written. */
export interface NumaTune {
  readonly path: string;
  readonly memory?: { readonly mode: NumaMode; readonly placement?: 'static' | 'auto'; readonly nodeset?: string };
  readonly nodes: readonly { readonly path: string; readonly cell: number; readonly mode: NumaMode; readonly nodeset: string }[];
}

/** `<blkiotune>`: weights and limits outside QEMU (cgroups). */
export interface BlkioTune {
  readonly path: string;
  readonly weight?: number;
  readonly devices: readonly {
    readonly path: string;
    readonly device: string;
    readonly weight?: number;
    readonly readIopsSec?: number;
    readonly writeIopsSec?: number;
    readonly readBytesSec?: number;
    readonly writeBytesSec?: number;
  }[];
}
