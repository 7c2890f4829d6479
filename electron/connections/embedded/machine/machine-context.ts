import type { HeldImages } from '../images/image-use.ts';
import type { LastState } from './last-states.ts';
import type { Backend, EmbeddedDirectories } from '../ports/ports.ts';
import type { StartRequest } from '../start/start-request.ts';

/** What a machine uses of the connection it belongs to; `Machine` is the one that says so of itself. */
export interface MachineContext<Machine> {
  readonly directories: EmbeddedDirectories;
  readonly backend: Backend;
  /** A number for `virsh list`: one higher than any before. */
  nextId(): number;
  /** Takes up a run of a machine that is shown as off, where there is one. @throws TapestryError as `lookForRun` in recover.ts */
  lookForRun(machine: Machine): Promise<void>;
  /** Images that other running machines hold. */
  held(except: string): readonly HeldImages[];
  /** The summary of the machine changed. */
  changed(machine: Machine): void;
  /** Its XML changed. */
  xmlChanged(machine: Machine): void;
  log(machine: Machine, text: string): void;
  /** What was done to this computer for the machine, one sentence: a line of the host's activity. */
  did(machine: Machine, text: string, severity?: 'info' | 'warning' | 'error'): void;
  /** Why it is off, for the next run of the app; undefined: it runs. */
  remember(machine: Machine, off: LastState | undefined): void;
  /** The guest let go of a device, or refused to. */
  deviceGone(machine: Machine, alias: string, refused: boolean): void;
  /** The host's end of one of its NICs may be lost. */
  nicLost(machine: Machine): void;
  /** A transient machine ended: nothing is left of it. */
  vanished(machine: Machine): void;
  /** See {@link StartRequest.step}. */
  readonly step?: StartRequest['step'];
}
