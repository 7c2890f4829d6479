import type { HostInterface } from '../../../shared/contract/networks.ts';
import type { NicStep } from '../../../shared/contract/nic-steps.ts';
import type { Interface } from '../../../shared/domain/interface.ts';
import type { TapestryError } from '../../../shared/errors.ts';
import type { NetworkHelper } from '../helper/helper.ts';
import type { NicFault } from './nic-fault.types.ts';
import type { NicRecord } from './nic-record.ts';
import type { OpenTap, TapContext } from './open-tap.ts';
import type { PasstWithSocket } from './passt.ts';

/** What a NIC is plugged into: its type, and user networks apart by who makes them (QEMU itself, or passt). */
export type NicKind = Interface['type'] | 'passt';

/** A NIC of one kind. */
export type NicOf<Kind extends NicKind> = Interface & {
  readonly source: Extract<Interface['source'], { readonly type: Kind extends 'passt' ? 'user' : Kind }>;
};

/** What can be asked of the host's interfaces. */
export type SeenInterface = Pick<HostInterface, 'name' | 'kind' | 'master'>;

/** One kind of NIC on this host. What a kind hasn't, it has nothing of: a NIC that is QEMU's alone has an empty driver but for its status. */
export interface NicDriver<Kind extends NicKind = NicKind> {
  /** Its device on this host; null: none. */
  readonly device: 'tap' | 'macvtap' | null;

  /** What this computer lacks for it, as far as that can be told before a start. */
  validate?(nic: NicOf<Kind>): Promise<TapestryError | undefined>;
  /**
   * Makes and opens its device. With a monitor in the context, the helper hands the descriptors to the running QEMU in the same run.
   * @throws TapestryError interface-*, bridge-missing, not-a-bridge, invalid, helper-*; no descriptor stays open
   */
  openTap?(nic: NicOf<Kind>, context: TapContext): Promise<OpenTap>;
  /** Starts the process that serves it, over a stream that QEMU inherits. @param log file for its words */
  openStream?(nic: NicOf<Kind>, log: string): Promise<PasstWithSocket>;
  /** What its record has besides what all have, once its device is there. */
  remembers?(nic: NicOf<Kind>): Partial<NicRecord>;
  /** Does {@link openTap} hand its descriptors to a running QEMU by itself? */
  readonly handsOver?: true;
  /** What must be on its device before QEMU has it: addresses, routes, its up script. @param deadline of the script, ms */
  prepare?(nic: NicOf<Kind>, tap: OpenTap, helper: NetworkHelper, deadline: number | undefined): Promise<readonly NicStep[]>;
  /** QEMU has its host end. A failure is a step: QEMU runs already. */
  handedOver?(record: NicRecord, helper: NetworkHelper): Promise<NicRecord>;

  /** Its processors run, or stand still. */
  follow?(record: NicRecord, running: boolean, helper: NetworkHelper): Promise<void>;
  /** The bridge that its device belongs on: the cable can be moved to another one, and is put back. */
  bridge?(nic: NicOf<Kind>): string;
  /** What is wrong with its host end while it runs. Pure. */
  fault?(nic: NicOf<Kind>, record: Pick<NicRecord, 'device' | 'created'>, interfaces: readonly SeenInterface[]): NicFault | undefined;

  /** QEMU is gone, or the NIC was detached: what was made of it goes. @returns what was done; failures are steps */
  release?(record: NicRecord, helper: NetworkHelper): Promise<readonly NicStep[]>;

  /** What it is plugged into, as its status names it. */
  source(nic: NicOf<Kind>): string | null;
  /** Who gives the guest its address: this host or a server beyond it, QEMU itself, or passt. */
  readonly network: 'host' | 'slirp' | 'passt';
  /** Only an address of the host on its own device lets the host know the guest's. */
  readonly hostBeside?: true;
}

/** The kind of a NIC. */
export function nicKind({ type, backend }: Pick<Interface, 'type' | 'backend'>): NicKind {
  return type === 'user' && backend?.type === 'passt' ? 'passt' : type;
}
