/** One `<timer>`. */
export interface Timer {
  readonly path: string;
  readonly name: 'platform' | 'hpet' | 'kvmclock' | 'pit' | 'rtc' | 'tsc' | 'hypervclock' | 'armvtimer';
  readonly present?: boolean;
  readonly track?: 'boot' | 'guest' | 'wall' | 'realtime';
  readonly tickPolicy?: 'delay' | 'catchup' | 'merge' | 'discard';
  readonly catchup?: { readonly threshold?: number; readonly slew?: number; readonly limit?: number };
  /** Hz. */
  readonly frequency?: number;
  readonly mode?: 'auto' | 'native' | 'emulate' | 'paravirt' | 'smpsafe';
}

/** `<clock>`. */
export interface Clock {
  readonly path: string;
  readonly offset: 'utc' | 'localtime' | 'variable' | 'timezone' | 'absolute';
  /** `variable`: s from `basis`. */
  readonly adjustment?: number;
  /** `utc`, `localtime`: `reset` or s. */
  readonly adjustmentReset?: boolean;
  readonly basis?: 'utc' | 'localtime';
  readonly timezone?: string;
  /** `absolute`: s since the epoch. */
  readonly start?: number;
  readonly timers: readonly Timer[];
}
