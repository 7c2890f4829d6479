import type { Socket } from 'node:net';
import type { NicStep } from '../../../shared/contract/nic-steps.ts';
import type { Interface } from '../../../shared/domain/interface.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { rollBack } from '../../../shared/roll-back.ts';
import { now } from '../helper/clock.ts';
import type { NetworkHelper } from '../helper/helper.ts';
import { prepareHostEnd } from './host-end.ts';
import type { LiveContext } from './live-nic.ts';
import { driverOf } from './nic-drivers.ts';
import { recordOf, type NicRecord } from './nic-record.ts';
import { closeAll, type OpenTap, type TapContext } from './open-tap.ts';
import { releaseNics } from './release-nics.ts';
import { byTapestry } from './step-authors.ts';

/** A host end that is in QEMU’s hands under these names, and not yet in a `netdev`. */
export interface PluggedNic {
  readonly record: NicRecord;
  /** Names for `netdev_add`’s `fd` or `fds` (joined by colons); `closefd` closes them. */
  readonly fdNames: readonly string[];
  /** `netdev_add` has them: closes our copies. */
  handedOver(): Promise<NicRecord>;
  /** For {@link rollBack}, when the attach failed: the names are closed in QEMU, the device goes, the down script runs. */
  readonly undo: readonly (() => Promise<unknown>)[];
}

/** A QMP connection as far as a plug needs it: the monitor client itself fits. */
export interface MonitorForDescriptors {
  /**
   * Lends the connected socket, nothing else being written meanwhile; `reply` resolves when QEMU has answered the command with this id, also
   * if it has by then, and rejects with QEMU's error.
   */
  lend<T>(work: (socket: Socket, reply: (id: string) => Promise<unknown>) => Promise<T>): Promise<T>;
  execute(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>;
}

/** What one kind of host end consists of. `close` closes our copies; it never throws. */
interface HostEnd {
  readonly record: NicRecord;
  readonly tap: OpenTap;
  close(): Promise<void>;
}

/** Gives up names in QEMU; one that `netdev_add` consumed is gone already. */
const forget = async (monitor: MonitorForDescriptors, names: readonly string[]): Promise<void> => {
  for (const fdname of names) {
    try {
      await monitor.execute('closefd', { fdname });
    } catch (error) {
      if (!(error instanceof TapestryError) || (error.code !== 'qmp' && error.code !== 'closed')) throw error;
    }
  }
};

/** Has descriptors of ours handed to QEMU by the helper, without any privilege: Node can’t send them. */
const hand = (fds: readonly (number | Socket)[], id: string, monitor: MonitorForDescriptors, helper: NetworkHelper): Promise<void> =>
  monitor.lend(async (socket, reply) => {
    await helper.run('hand', { id }, { fds, qmp: socket });
    for (const place of fds.keys()) await reply(`getfd:${id}${place}`);
  });

/** A TAP goes to QEMU in the same run of the helper that makes it. */
const openAndHand = async (
  open: (context: TapContext) => Promise<OpenTap>,
  id: string,
  monitor: MonitorForDescriptors,
  context: LiveContext,
): Promise<OpenTap> =>
  monitor.lend(async (socket, reply) => {
    const opened = await open({ helper: context.helper, machine: context.machine, monitor: { socket, id } });
    try {
      for (const place of opened.handles.keys()) await reply(`getfd:${id}${place}`);
      return opened;
    } catch (error) {
      await closeAll(opened.handles);
      throw error;
    }
  });

/**
 * Makes the host end of a NIC that is plugged into a running machine (TAP, macvtap), and has it handed to QEMU by `getfd` (SCM_RIGHTS
 * on our own monitor connection, which the helper inherits). Names are libvirt's: `tapfd-ALIASn`.
 * @throws TapestryError as a start does; qmp when QEMU refuses. Nothing is left then
 */
export async function plugNic(nic: Interface, alias: string, monitor: MonitorForDescriptors, context: LiveContext): Promise<PluggedNic> {
  const id = `tapfd-${alias}`;
  const fdNames = Array.from({ length: nic.driver.queues ?? 1 }, (_entry, queue) => `${id}${queue}`);
  const undo: (() => Promise<unknown>)[] = [() => forget(monitor, fdNames)];
  const undone = (end: HostEnd) =>
    undo.push(
      () => end.close(),
      () => releaseNics([end.record], context.helper, context.scriptDeadline),
    );
  const make = async (): Promise<HostEnd> => {
    const driver = driverOf(nic);
    const open = (more: TapContext) => {
      if (driver.openTap === undefined) throw new TapestryError('internal', `A NIC of the type “${nic.type}” has no device.`);
      return driver.openTap(nic, more);
    };
    const isHanded = driver.handsOver === true;
    const tap = isHanded ? await openAndHand(open, id, monitor, context) : await open({ helper: context.helper, machine: context.machine });
    const record = recordOf(nic, alias, tap, driver.remembers?.(nic));
    const end: HostEnd = { record, tap, close: () => closeAll(tap.handles) };
    undone(end);
    if (!isHanded)
      await hand(
        tap.handles.map(({ fd }) => fd),
        id,
        monitor,
        context.helper,
      );
    return end;
  };
  const prepared = async (): Promise<HostEnd> => {
    try {
      const end = await make();
      const steps = await prepareHostEnd(nic, end.tap, context.helper, context.scriptDeadline);
      return { ...end, record: { ...end.record, timeline: [...end.record.timeline, ...steps] } };
    } catch (error) {
      throw await rollBack(error, undo);
    }
  };
  const end = await prepared();
  const { record } = end;
  return {
    record,
    fdNames,
    undo,
    handedOver: async () => {
      await end.close();
      const step: NicStep = { at: now(), kind: 'attached', names: fdNames, by: byTapestry() };
      return { ...record, timeline: [...record.timeline, step] };
    },
  };
}
