import type { TapestryError } from '../../../../shared/errors.ts';
import type { DomainState } from './domain-state.ts';
import type { DefinitionFacts } from '../ports/ports.ts';

/** What a run tells its machine. Called in order; must not throw. */
export interface RunHooks {
  /** State, reason or something else that a summary shows. */
  changed(): void;
  /** QEMU said what state it is in: it answers. */
  answers(): void;
  /** A sentence for the machine's log. */
  log(text: string): void;
  /** The guest let go of a device, or refused to. */
  deviceGone(alias: string, refused: boolean): void;
  /** The process behind a NIC (passt) went away from QEMU. */
  nicLost(): void;
  /** Something went wrong that the user must see. */
  problem(error: TapestryError): void;
  /** It is over, and cleaned up. */
  ended(state: DomainState, error: TapestryError | undefined): void;
  /** The definition's on_poweroff, on_reboot, on_crash as they were at the start. */
  readonly lifecycle: DefinitionFacts['lifecycle'];
}
