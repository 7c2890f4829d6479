import type { z } from 'zod';
import type { ConsoleState, consoles } from '../../shared/contract/consoles.ts';
import type { ByteChannel, CallContext } from '../../shared/contract/kinds.ts';
import { Answering } from './answering.ts';
import { ConsoleSession } from './console-session.ts';
import type { RecordedSource } from './console-source.types.ts';
import { MachineFollower } from './machine-follower.ts';
import { watchPort } from './port-watch.ts';
import { requirePort } from './require-port.ts';
import { RecorderConnection } from './recorder-connection.ts';
import { readRecording, recordingExtent, removeRecording } from './recording-files.ts';

/** What is asked for, of a machine by its name or UUID: a recording knows no connections. */
type Input<K extends keyof typeof consoles> = Omit<z.output<(typeof consoles)[K]['input']>, 'machine'> & { readonly machine: string };

/** A connection's `consoles` over recorded serial ports. Holds no output between calls: the recorders do. */
export class RecordedConsoles {
  readonly #source: RecordedSource;
  readonly #answering = new Answering();

  constructor(source: RecordedSource) {
    this.#source = source;
  }

  /** State of a port at once and at each change. @throws TapestryError `not-found` */
  async *watch(ref: string, alias: string, signal: AbortSignal): AsyncGenerator<ConsoleState> {
    requirePort(this.#source.machine(ref), alias);
    yield* watchPort(this.#source, ref, alias, signal);
  }

  /** History, then live output; what comes in goes to the guest. Until either side ends it or the machine is undefined. */
  async open(input: Input<'consoles.open'>, channel: ByteChannel, context: CallContext): Promise<void> {
    const machine = this.#source.machine(input.machine);
    requirePort(machine, input.alias);
    const over = new AbortController();
    const abort = () => over.abort();
    context.signal.addEventListener('abort', abort, { once: true });
    if (context.signal.aborted) abort();
    channel.closed.then(abort, abort);
    const terminal = input.viewer === 'terminal' && !input.readOnly ? this.#answering.enter(`${machine.uuid} ${input.alias}`) : undefined;
    try {
      const session = new ConsoleSession(
        new MachineFollower(this.#source, input.machine, over.signal),
        input,
        channel,
        over.signal,
        terminal,
      );
      await Promise.race([session.show(), session.type()]);
      channel.close();
    } catch (error) {
      // The viewer left in the middle of a write.
      if (!over.signal.aborted) throw error;
    } finally {
      terminal?.leave();
      abort();
      context.signal.removeEventListener('abort', abort);
    }
  }

  /** The recording as it is now, then the end. */
  async recording(input: Input<'consoles.recording'>, channel: ByteChannel, context: CallContext): Promise<void> {
    const machine = this.#source.machine(input.machine);
    requirePort(machine, input.alias);
    const { start, end } = await recordingExtent(machine.recordingDirectory, input.alias);
    for await (const { bytes } of readRecording(machine.recordingDirectory, input.alias, start, end)) {
      if (context.signal.aborted) return;
      await channel.write(bytes);
    }
    channel.close();
  }

  /** Forgets what was recorded; viewers keep what they have. */
  async clear(input: Input<'consoles.clear'>): Promise<void> {
    const machine = this.#source.machine(input.machine);
    requirePort(machine, input.alias);
    if (machine.recorderSocket === null) {
      await removeRecording(machine.recordingDirectory, input.alias);
      return;
    }
    const connection = await RecorderConnection.open(machine.recorderSocket);
    await connection.clear(input.alias);
  }
}
