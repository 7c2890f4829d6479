import type { XmlElement } from '../../../../shared/domain-xml/index.ts';
import type { CallContext } from '../../../../shared/contract/kinds.ts';
import type { HeldImages } from '../images/image-use.ts';
import type { Machine } from '../machine/machine.ts';
import type { Backend } from '../ports/ports.ts';
import type { Run } from '../run/run.ts';

/** A change of one device of a running machine. */
export interface LiveChange {
  readonly backend: Backend;
  readonly machine: Machine;
  readonly run: Run;
  /** The device as the user gave it. */
  readonly wanted: XmlElement;
  /** Its text. */
  readonly text: string;
  readonly signal: CallContext['signal'];
  /** Take the link down and up after a move, so that the guest asks for an address again. */
  readonly linkFlap: boolean;
  /** Take a NIC out and plug it in again for what can't be changed on the same device. */
  readonly replug: boolean;
  /** Alias of the running device that is meant, whatever else the XML says of it. */
  readonly alias?: string;
  /** Images that other running machines hold. @param except UUID of this machine */
  held(except: string): readonly HeldImages[];
  /** Tells the machine's watchers that its live XML or NICs changed. */
  readonly announce: () => void;
}

/** What a live change came to: `undo` takes it back when the stored part fails after it. */
export interface LiveOutcome {
  readonly state: 'done' | 'pending';
  readonly message?: string;
  /** The device is another one to the guest. */
  readonly replugged?: boolean;
  readonly undo?: () => Promise<void>;
}
