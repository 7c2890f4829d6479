import { open, type FileHandle } from 'node:fs/promises';
import type { Socket } from 'node:net';
import path from 'node:path';
import type { NicStep } from '../../../shared/contract/nic-steps.ts';
import type { Interface } from '../../../shared/domain/interface.ts';
import { TapestryError } from '../../../shared/errors.ts';
import type { DescriptorRequest } from '../../qemu/plan/launch-plan.types.ts';
import type { NetworkHelper } from '../helper/helper.ts';
import { prepareHostEnd } from './host-end.ts';
import { recordOf, type NicRecord } from './nic-record.ts';
import { driverOf, driverOfRecord } from './nic-drivers.ts';
import { passtStarted } from './passt.ts';
import { releaseNics } from './release-nics.ts';
import { now } from '../helper/clock.ts';
import { closeAll, type OpenTap } from './open-tap.ts';
import { byTapestry } from './step-authors.ts';

/** Who asks, and what the network layer needs besides the NICs. */
export interface DescriptorContext {
  readonly machine: { readonly uuid: string; readonly name: string };
  /** Directory for logs of backend processes (passt). */
  readonly runtimeDirectory: string;
  readonly helper: NetworkHelper;
  readonly signal?: AbortSignal;
  /** The number that the first descriptor gets in QEMU; default: 3, behind its standard streams. */
  readonly firstNumber?: number;
  /** Deadline of up and down scripts, ms. */
  readonly scriptDeadline?: number;
}

/** A descriptor that a NIC needs. */
export type NicDescriptorRequest = Extract<DescriptorRequest, { readonly kind: 'tap' | 'macvtap' | 'vhost-net' | 'stream' }>;

/** Descriptors in hand. Exactly one of `handedOver` and `release` must be called. */
export interface AcquiredDescriptors {
  /** In the order of the requests: entries of the child's `stdio` from the first number on (a socket for `stream`, which spawn takes like a number). */
  readonly fds: readonly (number | Socket)[];
  readonly nics: readonly NicRecord[];
  /** QEMU (this pid) has them: closes our copies, so that the TAPs live exactly as long as QEMU. Never throws. Returns the records with that step. */
  handedOver(pid?: number): Promise<readonly NicRecord[]>;
  /** The start failed: closes everything, deletes what this start made, runs down scripts of devices that came to be. Never throws. */
  release(): Promise<void>;
}

interface Plugged {
  record: NicRecord;
  readonly nic: Interface;
  readonly tap: OpenTap | null;
  /** The down script is due when QEMU is gone: never for a device that didn't come to be. */
  readonly socket: Socket | null;
  vhost: FileHandle[];
}

/** The alias that the plan gave the NIC; the domain before the start may have none. */
const aliasOf = (request: { readonly alias: string }): string => request.alias;

/** Takes back one NIC of a start that failed. */
const unplug = async (plugged: Plugged, helper: NetworkHelper, deadline: number | undefined): Promise<void> => {
  await closeAll([...(plugged.tap?.handles ?? []), ...plugged.vhost]);
  plugged.socket?.destroy();
  await releaseNics([plugged.record], helper, deadline);
};

const noHostEnd = ({ type, path: at }: Interface): TapestryError =>
  new TapestryError('internal', `The launch plan asks for a host end of a NIC of the type “${type}”, which has none.`, { path: at });

/** Acquires everything of one NIC's own: TAP, macvtap or backend process. `undo` gets what exists, also when a later step fails. */
const plug = async (
  request: NicDescriptorRequest,
  nic: Interface,
  context: DescriptorContext,
  helper: NetworkHelper,
  undo: (made: Plugged) => void,
): Promise<Plugged> => {
  const alias = aliasOf(request);
  const driver = driverOf(nic);
  if (request.kind === 'stream') {
    const passt = await driver.openStream?.(nic, path.join(context.runtimeDirectory, `${alias}-passt.log`));
    if (passt === undefined) throw noHostEnd(nic);
    const made: Plugged = { record: recordOf(nic, alias, null, passtStarted(passt)), nic, tap: null, socket: passt.socket, vhost: [] };
    undo(made);
    return made;
  }
  const tap = await driver.openTap?.(nic, { helper, machine: context.machine.uuid });
  if (tap === undefined) throw noHostEnd(nic);
  const made: Plugged = { record: recordOf(nic, alias, tap, driver.remembers?.(nic)), nic, tap, socket: null, vhost: [] };
  undo(made);
  const steps = await prepareHostEnd(nic, tap, helper, context.scriptDeadline);
  made.record = { ...made.record, timeline: [...made.record.timeline, ...steps] };
  return made;
};

/**
 * Makes and opens what NICs need as inherited descriptors, in order; all or nothing.
 * @param requests of the plan's `descriptors` those that are NICs', or some of them that follow one another
 * @param nics the domain's interfaces, in domain order: `interfaceIndex` counts them
 * @throws TapestryError helper-*, interface-exists, interface-missing, bridge-missing, not-a-bridge, script-failed, host-missing,
 *   unsupported-operation, cancelled; nothing of ours is left then
 */
export async function acquireDescriptors(
  requests: readonly NicDescriptorRequest[],
  nics: readonly Interface[],
  context: DescriptorContext,
): Promise<AcquiredDescriptors> {
  const { helper, firstNumber = 3 } = context;
  const plugged = new Map<string, Plugged>();
  const made: Plugged[] = [];
  const others: (() => Promise<void>)[] = [];
  const fds: (number | Socket)[] = [];

  const release = async () => {
    for (const nic of made.toReversed()) await unplug(nic, helper, context.scriptDeadline);
    await Promise.allSettled(others.map((close) => close()));
  };
  const nicOf = (request: { readonly interfaceIndex: number; readonly alias: string }): Interface => {
    const nic = nics[request.interfaceIndex];
    if (nic === undefined)
      throw new TapestryError('internal', `The launch plan names interface ${request.interfaceIndex}, and there is none.`);
    return nic;
  };
  const pluggedAs = async (request: NicDescriptorRequest): Promise<Plugged> => {
    const known = plugged.get(request.alias);
    if (known !== undefined) return known;
    const nic = nicOf(request);
    const one = await plug(request, nic, context, helper, (begun) => made.push(begun)).catch((error: unknown) => {
      throw atNic(error, nic);
    });
    plugged.set(request.alias, one);
    return one;
  };
  const acquire = async (request: NicDescriptorRequest): Promise<number | Socket> => {
    switch (request.kind) {
      case 'tap':
      case 'macvtap': {
        const fd = (await pluggedAs(request)).tap?.handles[request.queue]?.fd;
        if (fd === undefined)
          throw new TapestryError('internal', `The launch plan asks for queue ${request.queue} of ${request.alias}, which has fewer.`);
        return fd;
      }
      case 'stream': {
        const { socket } = await pluggedAs(request);
        if (socket === null) throw new TapestryError('internal', `${request.alias} has no stream.`);
        return socket;
      }
      case 'vhost-net': {
        const handle = await openVhost(request.path, nicOf(request));
        const nic = plugged.get(request.alias);
        if (nic === undefined) others.push(() => handle.close());
        else nic.vhost.push(handle);
        return handle.fd;
      }
    }
  };

  try {
    for (const request of requests) {
      if (context.signal?.aborted === true) throw new TapestryError('cancelled', 'The start was cancelled.');
      const number = firstNumber + fds.length;
      fds.push(await acquire(request));
      noteDescriptor(plugged.get(request.alias), number);
    }
  } catch (error) {
    await release();
    throw error;
  }
  return {
    fds,
    nics: made.map(({ record }) => record),
    release,
    handedOver: async (pid) => {
      const records: NicRecord[] = [];
      for (const nic of made) {
        const record = handOver(nic.record, pid);
        records.push((await driverOfRecord(record)?.handedOver?.(record, helper)) ?? record);
        await closeAll([...(nic.tap?.handles ?? []), ...nic.vhost]);
        nic.socket?.destroy();
      }
      await Promise.allSettled(others.map((close) => close()));
      return records;
    },
  };
}

/** A failure that names no field is the whole NIC's. */
const atNic = (error: unknown, nic: Interface): unknown => {
  if (!(error instanceof TapestryError) || error.data.path !== undefined) return error;
  const { code, message, ...more } = error.data;
  return new TapestryError(code, message, { ...more, path: nic.path, cause: error });
};

const noteDescriptor = (nic: Plugged | undefined, fd: number): void => {
  if (nic !== undefined) nic.record = { ...nic.record, descriptors: [...nic.record.descriptors, fd] };
};

const handOver = (record: NicRecord, pid: number | undefined): NicRecord => {
  const { descriptors } = record;
  if (descriptors.length === 0) return record;
  const step: NicStep = { at: now(), kind: 'handed', descriptors, ...(pid === undefined ? {} : { qemu: pid }), by: byTapestry() };
  return { ...record, timeline: [...record.timeline, step] };
};

const openVhost = async (file: string, nic: Interface): Promise<FileHandle> => {
  try {
    return await open(file, 'r+');
  } catch (cause) {
    throw new TapestryError('start-failed', `vhost-net was asked for, and ${file} can’t be opened.`, {
      next: 'Load the module vhost_net and join the group kvm, or choose the driver qemu for this interface.',
      path: `${nic.path}/driver/@name`,
      detail: String(cause),
      cause,
    });
  }
};

export { releaseNics } from './release-nics.ts';
export type { NicRecord } from './nic-record.ts';
