/**
 * What the consoles need to know about machines. The connection that owns the machines implements it; consoles never
 * look into definitions or processes themselves.
 */

/** How the recorder reaches one serial port of a running QEMU. `fifo` carries a port's log only: nothing can be typed. */
export type RecorderPortVia =
  /** Slave side of QEMU's pty, as `query-chardev` names it (`/dev/pts/3`). */
  | { readonly kind: 'pty'; readonly path: string }
  /** A unix socket that QEMU listens on. */
  | { readonly kind: 'unix'; readonly path: string }
  /** A TCP socket that QEMU listens on. */
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** A FIFO made with `prepareLogPort`, whose descriptor QEMU has as the port's log file. */
  | { readonly kind: 'fifo'; readonly path: string };

/** One serial port to record. `alias` is libvirt's (`serial0`, `console1`): letters, digits, `-` and `_`, 1 to 64 characters. */
export interface RecorderPort {
  readonly alias: string;
  readonly via: RecorderPortVia;
}

/** One run (power-on to power-off) of a machine, to be recorded. */
export interface RecorderOptions {
  /** Directory for the recording, one per machine (`$XDG_STATE_HOME/tapestry/recordings/<uuid>`). Created; an older run's files in it are removed. */
  readonly directory: string;
  /** Where the recorder listens for viewers: in the machine's runtime directory; at most 107 bytes. */
  readonly socketPath: string;
  /** The QEMU process; the recorder ends after it. `startTime` is field 22 of /proc/PID/stat (clock ticks since boot), so that a reused pid is told apart. */
  readonly qemu: { readonly pid: number; readonly startTime: number };
  /** Power-on, ms since the epoch. */
  readonly since: number;
  /** Bound of the recording on disk per port, bytes; 64 MiB when left out, at least 64 KiB. */
  readonly limitBytes?: number;
  readonly ports: readonly RecorderPort[];
}

/** The recorder of one running machine, kept alive: if it dies while QEMU runs, it is started again. */
export interface Recorder {
  readonly directory: string;
  readonly socketPath: string;
  /** Resolves when the recorder has ended because QEMU did (or `stop` was called). Never rejects. */
  readonly ended: Promise<void>;
  /** Stops looking after the recorder; it goes on recording (the app is closing). */
  detach(): void;
  /** Ends the recorder after it has written what it has read. The recording stays. */
  stop(): Promise<void>;
}

/** A machine that can be followed. */
export interface NamedMachine {
  readonly uuid: string;
  readonly name: string;
}

/** A machine as its consoles see it, whatever is behind them. */
export interface ConsoleMachine extends NamedMachine {
  readonly state: 'running' | 'paused' | 'off';
  /** Serial ports: of the running machine, or of the definition when it is off. */
  readonly ports: readonly { readonly alias: string; readonly interactive: boolean }[];
}

/** One whose ports are recorded. */
export interface RecordedMachine extends ConsoleMachine {
  /** Directory of the recording, whether or not it exists yet (see {@link RecorderOptions.directory}). */
  readonly recordingDirectory: string;
  /** Socket of the recorder while the machine runs; null when off. */
  readonly recorderSocket: string | null;
  /** Tells one power-on from the next (any string that differs, e.g. `pid-startTime`); null when off. A guest's reboot keeps it. */
  readonly run: string | null;
}

/** Implemented by the owner of the machines, used by who makes consoles of what it tells. */
export interface ConsoleSource<Machine extends NamedMachine = ConsoleMachine> {
  /** The machine by name or UUID. @throws TapestryError `not-found` */
  machine(ref: string): Machine;
  /**
   * The machine at once, then again whenever something in what it is shown as changed; ends when `signal` aborts or the
   * machine is undefined. A slow consumer may be given only the latest state.
   */
  watch(ref: string, signal: AbortSignal): AsyncIterable<Machine>;
}

/** What {@link file://./recorded-consoles.ts} is made of. */
export type RecordedSource = ConsoleSource<RecordedMachine>;

/** A port as a stream: what the guest prints from now on, and the way for what is typed. */
export interface PortStream {
  /** Ends when the signal aborts; rejects when the port is lost. */
  readonly output: AsyncIterable<Uint8Array>;
  type(bytes: Uint8Array): Promise<void>;
}

/** What {@link file://./stream-consoles.ts} is made of: ports of which nobody keeps what they printed. */
export interface StreamSource extends ConsoleSource {
  /** Opens a port of a running machine. @throws TapestryError `wrong-state` when it is off, `not-found` */
  open(ref: string, alias: string, signal: AbortSignal): PortStream;
}
