/** A switch that may carry a number. */
export interface HypervSpinlocks {
  readonly on: boolean;
  readonly retries?: number;
}

/** `<hyperv>`: enlightenments for Windows guests. Absent: not mentioned. */
export interface HypervFeatures {
  readonly path: string;
  readonly mode: 'custom' | 'passthrough';
  readonly relaxed?: boolean;
  readonly vapic?: boolean;
  readonly spinlocks?: HypervSpinlocks;
  readonly vpindex?: boolean;
  readonly runtime?: boolean;
  readonly synic?: boolean;
  readonly stimer?: { readonly on: boolean; readonly direct?: boolean };
  readonly reset?: boolean;
  readonly vendorId?: { readonly on: boolean; readonly value?: string };
  readonly frequencies?: boolean;
  readonly reenlightenment?: boolean;
  readonly tlbflush?: boolean;
  readonly ipi?: boolean;
  readonly evmcs?: boolean;
  readonly avic?: boolean;
  readonly emsrBitmap?: boolean;
  readonly xmmInput?: boolean;
}

export interface KvmFeatures {
  readonly hidden?: boolean;
  readonly hintDedicated?: boolean;
  readonly pollControl?: boolean;
  readonly pvIpi?: boolean;
  readonly dirtyRing?: { readonly on: boolean; readonly size?: number };
}

/** `<features>`. A plain element is true when it is there; absent means "the XML doesn't say". Sizes in KiB. */
export interface Features {
  readonly path: string;
  readonly acpi: boolean;
  readonly apic?: { readonly eoi?: boolean };
  readonly pae: boolean;
  readonly hap?: boolean;
  readonly viridian: boolean;
  readonly privnet: boolean;
  readonly hyperv?: HypervFeatures;
  readonly kvm?: KvmFeatures;
  readonly pvspinlock?: boolean;
  readonly pmu?: boolean;
  readonly vmport?: boolean;
  readonly vmcoreinfo?: boolean;
  readonly smm?: { readonly on: boolean; readonly tseg?: number };
  readonly ioapic?: 'kvm' | 'qemu';
  readonly gic?: { readonly version?: '2' | '3' | 'host' };
  readonly hpt?: { readonly resizing?: 'enabled' | 'disabled' | 'required'; readonly maxPageSize?: number };
  readonly htm?: boolean;
  readonly nestedHv?: boolean;
  readonly ccfAssist?: boolean;
  readonly msrsUnknown?: 'ignore' | 'fault';
  readonly cfpc?: 'broken' | 'workaround' | 'fixed';
  readonly sbbc?: 'broken' | 'workaround' | 'fixed';
  readonly ibs?: 'broken' | 'workaround' | 'fixed-ibs' | 'fixed-ccd' | 'fixed-na';
  readonly tcgTbCache?: number;
  readonly asyncTeardown?: boolean;
  readonly ras?: boolean;
}
