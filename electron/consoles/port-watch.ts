import type { ConsoleState } from '../../shared/contract/consoles.ts';
import { TapestryError } from '../../shared/errors.ts';
import type { RecordedSource } from './console-source.types.ts';
import { MachineFollower } from './machine-follower.ts';
import { RecorderConnection } from './recorder-connection.ts';
import type { PortState } from './recorder-protocol.ts';
import { defaultLimitBytes } from './recorder.ts';
import { readRecorderRecord, type RecorderRecord } from './recorder-record.ts';
import { recordingExtent } from './recording-files.ts';

/** How soon a recorder that doesn't answer while its machine runs is tried again, ms. */
const retryPause = 500;

/** What the recorder says, and whether it was asked at all yet. */
interface LivePort {
  state?: PortState | undefined;
  asked: boolean;
}

/** States of a port at once and at each change; a recording that grows is told four times a second at most. */
export async function* watchPort(source: RecordedSource, ref: string, alias: string, signal: AbortSignal): AsyncGenerator<ConsoleState> {
  const over = new AbortController();
  const abort = () => over.abort();
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  const follower = new MachineFollower(source, ref, over.signal);
  const live: LivePort = { asked: false };
  void followPort(follower, alias, live, over.signal).catch((error: unknown) => {
    console.error(`Following the serial port ${alias} of ${follower.current.name} failed:`, error);
  });
  let told = '';
  try {
    while (!over.signal.aborted && !follower.over) {
      const changed = follower.change();
      // Not "connecting" for the moment that it takes to ask.
      if (follower.current.recorderSocket !== null && !live.asked) {
        await changed;
        continue;
      }
      const state = await stateOf(follower, alias, live.state);
      const text = JSON.stringify(state);
      if (text !== told) yield state;
      told = text;
      await changed;
    }
  } finally {
    abort();
    signal.removeEventListener('abort', abort);
  }
}

/** Keeps `live` at what the recorder says. */
const followPort = async (follower: MachineFollower, alias: string, live: LivePort, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted && !follower.over) {
    const { recorderSocket } = follower.current;
    if (recorderSocket === null) {
      await follower.change();
      continue;
    }
    try {
      const connection = await RecorderConnection.open(recorderSocket, signal);
      for await (const state of connection.watch(alias)) {
        live.state = state;
        live.asked = true;
        follower.notify();
      }
    } catch (error) {
      if (!(error instanceof TapestryError && ['closed', 'cancelled'].includes(error.code))) throw error;
    }
    live.state = undefined;
    live.asked = true;
    follower.notify();
    if (!signal.aborted) await follower.change(retryPause);
  }
};

const stateOf = async (follower: MachineFollower, alias: string, live: PortState | undefined): Promise<ConsoleState> => {
  const machine = follower.current;
  const declared = machine.ports.find((port) => port.alias === alias);
  if (machine.state !== 'off' && live !== undefined) {
    return {
      state: !live.connected ? 'connecting' : machine.state === 'paused' ? 'paused' : 'connected',
      alias,
      recordedSince: live.since,
      start: live.start,
      end: live.end,
      limit: live.limit,
      viewers: live.viewers,
      interactive: live.interactive,
      ...(live.message === '' ? {} : { message: live.message }),
    };
  }
  const { record, message } = await recordOf(machine.recordingDirectory);
  const { start, end } = await recordingExtent(machine.recordingDirectory, alias);
  return {
    state: machine.state === 'off' ? 'off' : 'connecting',
    alias,
    recordedSince: record?.since ?? null,
    start,
    end,
    limit: record?.limitBytes ?? defaultLimitBytes,
    viewers: 0,
    interactive: declared?.interactive ?? false,
    ...(message === undefined ? {} : { message }),
  };
};

/** What was recorded can be read without its record. */
const recordOf = async (directory: string): Promise<{ record?: RecorderRecord | undefined; message?: string }> => {
  try {
    return { record: await readRecorderRecord(directory) };
  } catch (error) {
    if (!(error instanceof TapestryError)) throw error;
    return { message: error.message };
  }
};
