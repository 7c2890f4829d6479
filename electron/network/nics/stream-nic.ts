import { createConnection, createServer, type Socket } from 'node:net';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { NicDeed, NicStep } from '../../../shared/contract/nic-steps.ts';
import type { Interface } from '../../../shared/domain/interface.ts';
import { errorDataOf, TapestryError } from '../../../shared/errors.ts';
import { rollBack } from '../../../shared/roll-back.ts';
import { endProcess } from '../../processes/end-process.ts';
import { now } from '../helper/clock.ts';
import type { NetworkHelper } from '../helper/helper.ts';
import { recordOf, type NicRecord } from './nic-record.ts';
import { livingPasst, passtStarted, startPasst, type PasstStarted } from './passt.ts';
import { byTapestry } from './step-authors.ts';
import { releaseNics } from './release-nics.ts';

/** QEMU begins to listen in a thread of its own (net/stream.c), without telling: how long that may take, and how often it is tried, ms. */
const listenPatience = 10_000;
const tryEvery = 10;

/** A NIC that QEMU listens for on a socket. */
export interface StreamNic {
  readonly nic: Interface;
  readonly alias: string;
  readonly socket: string;
}

/** What serving a NIC needs; the directory is for passt's words. */
export interface StreamContext {
  readonly runtimeDirectory: string;
  readonly helper: NetworkHelper;
}

const connect = async (file: string): Promise<Socket> => {
  for (const end = Date.now() + listenPatience; ; await delay(tryEvery)) {
    const socket = createConnection(file);
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      socket.destroy();
      const { code } = error as NodeJS.ErrnoException;
      if ((code !== 'ENOENT' && code !== 'ECONNREFUSED') || Date.now() > end)
        throw new TapestryError('start-failed', 'QEMU doesn’t take the connection of passt.', { detail: String(error), cause: error });
    }
  }
};

/** Starts a passt for a NIC and has it serve QEMU’s socket; it ends with QEMU. @returns what the NIC's record says of it */
const serve = async ({ nic, alias, socket }: StreamNic, context: Pick<StreamContext, 'runtimeDirectory'>): Promise<PasstStarted> => {
  const connected = await connect(socket);
  try {
    return passtStarted(await startPasst(nic, path.join(context.runtimeDirectory, `${alias}-passt.log`), connected));
  } finally {
    connected.destroy(); // passt has its own copy
  }
};

/**
 * Starts passt for each NIC that a running QEMU listens for; all or nothing.
 * @throws TapestryError host-missing, start-failed with passt's words
 */
export async function serveStreams(nics: readonly StreamNic[], context: StreamContext): Promise<readonly NicRecord[]> {
  const begun = await Promise.allSettled(
    nics.map(async (one) => recordOf(one.nic, one.alias, null, { ...(await serve(one, context)), socket: one.socket })),
  );
  const records = begun.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = begun.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw await rollBack(failed.reason, [() => releaseNics(records, context.helper)]);
  return records;
}

/** Why another passt takes a NIC over. */
export type PasstReason = Extract<NicDeed, { kind: 'passt-replaced' }>['why'];

/** What a replacement came to: the record as it is now, and why it isn't as it was wanted. */
export interface Replaced {
  readonly record: NicRecord;
  readonly error?: unknown;
}

/**
 * Puts another passt under a running NIC, with other port forwards. QEMU keeps the NIC and waits for the new one; link and address of the
 * guest stay. Connections through the old passt break: their state was its own. Packets that come in between are lost. When the new one
 * can't serve, one with the old forwards takes its place.
 * @param from the NIC as it is served now
 * @param to as it shall be served
 */
export async function replacePasst(
  record: NicRecord,
  from: Interface,
  to: Interface,
  context: Pick<StreamContext, 'runtimeDirectory'>,
  why: PasstReason = 'forwards',
): Promise<Replaced> {
  const { alias, socket, processId } = record;
  if (socket === null || processId === null)
    throw new TapestryError('unsupported-operation', 'The passt of this NIC can’t be replaced while the machine runs.', {
      next: 'Change the port forwards for the next start, or detach the NIC and attach it anew.',
      path: `${to.path}/portForward`,
    });
  const old = await livingPasst(processId);
  if (old !== undefined) await endProcess(old, 5_000);
  const changed = (made: PasstStarted, reason: PasstReason): NicRecord => {
    const step: NicStep = { at: now(), kind: 'passt-replaced', previous: processId, pid: made.processId, why: reason, by: byTapestry() };
    return { ...record, ...made, fault: undefined, timeline: [...record.timeline, step] };
  };
  try {
    return { record: changed(await serve({ nic: to, alias, socket }, context), why) };
  } catch (error) {
    let back: NicRecord | undefined;
    const told = await rollBack(error, [async () => (back = changed(await serve({ nic: from, alias, socket }, context), 'as-before'))]);
    const step: NicStep = { at: now(), kind: 'failed', attempt: { deed: 'start-passt' }, error: errorDataOf(told) };
    return { record: back ?? { ...record, processId: null, timeline: [...record.timeline, step] }, error: told };
  }
}

/** Is a port of this host free? Told before a passt is replaced for it. @throws TapestryError invalid when it is taken or can't be had */
export async function requireFreePort(proto: 'tcp' | 'udp', address: string | undefined, port: number): Promise<void> {
  try {
    if (proto === 'tcp') {
      const server = createServer();
      server.listen({ port, exclusive: true, ...(address === undefined ? {} : { host: address }) });
      await once(server, 'listening');
      server.close();
      await once(server, 'close');
    } else {
      const socket = createSocket(address?.includes(':') === true ? 'udp6' : 'udp4');
      socket.bind({ port, exclusive: true, ...(address === undefined ? {} : { address }) });
      await once(socket, 'listening');
      socket.close();
      await once(socket, 'close');
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'is already in use' : code === 'EACCES' ? 'may not be used by you' : 'can’t be had';
    throw new TapestryError('invalid', `The host’s ${proto} port ${port}${address === undefined ? '' : ` of ${address}`} ${why}.`, {
      next: 'Choose another host port.',
      path: 'hostPort',
      detail: String(cause),
      cause,
    });
  }
}
