import type { z } from 'zod';
import type { consoles } from '../../shared/contract/consoles.ts';
import type { ByteChannel } from '../../shared/contract/kinds.ts';
import { TapestryError } from '../../shared/errors.ts';
import { TerminalQueries } from '../../shared/terminal-queries.ts';
import type { AnsweringTerminal } from './answering.ts';
import { MachineFollower } from './machine-follower.ts';
import { RecorderConnection } from './recorder-connection.ts';
import { recordedRun } from './recorder-record.ts';
import { readRecording, recordingExtent } from './recording-files.ts';

/** How soon a recorder that doesn't answer while its machine runs is tried again, ms. It is being started again then. */
const retryPause = 200;

/** What a viewer reads in place of output that it came too late for. */
const gapNotice = (bytes: number): Uint8Array =>
  Buffer.from(`\r\n\u001B[33m[${bytes} bytes are not shown: they were no longer recorded when this viewer came to them]\u001B[0m\r\n`);

/**
 * One viewer of one port, over reboots, pauses and power cycles. What it hasn't taken yet waits on disk: memory holds no
 * more than the credit of its channel and one socket's buffers.
 */
export class ConsoleSession {
  readonly #follower: MachineFollower;
  readonly #alias: string;
  readonly #readOnly: boolean;
  readonly #channel: ByteChannel;
  readonly #signal: AbortSignal;
  /** Ours, when we are a terminal that may answer the guest. */
  readonly #terminal: AnsweringTerminal | undefined;
  /** Of a terminal: what it must not answer is taken out of what it is sent. */
  readonly #queries: TerminalQueries | undefined;
  /** Offset up to which this run was recorded before anybody looked here: history, which nobody answers. Unknown until the first look. */
  #history: number | undefined;
  #connection: RecorderConnection | undefined;
  /** Which run (power-on) the position belongs to. */
  #run: string | undefined;
  #position: number | 'end';
  /** False while the first byte to be shown may be anywhere: then a later one than asked for is no gap. */
  #exact: boolean;

  constructor(
    follower: MachineFollower,
    {
      alias,
      from,
      readOnly,
      viewer,
    }: Pick<z.output<(typeof consoles)['consoles.open']['input']>, 'alias' | 'from' | 'readOnly' | 'viewer'>,
    channel: ByteChannel,
    signal: AbortSignal,
    terminal?: AnsweringTerminal,
  ) {
    this.#follower = follower;
    this.#alias = alias;
    this.#readOnly = readOnly;
    this.#channel = channel;
    this.#signal = signal;
    this.#terminal = terminal;
    this.#queries = viewer === 'terminal' ? new TerminalQueries() : undefined;
    this.#position = from === 'start' ? 0 : from;
    this.#exact = typeof from === 'number';
  }

  /** Shows history, then live output, until the signal aborts or the machine is undefined. */
  async show(): Promise<void> {
    while (!this.#signal.aborted && !this.#follower.over) {
      const machine = this.#follower.current;
      this.#enterRun(await recordedRun(machine.recordingDirectory, machine.run ?? this.#run));
      this.#history ??= (await recordingExtent(machine.recordingDirectory, this.#alias)).end;
      if (machine.recorderSocket !== null) await this.#showLive(machine.recorderSocket);
      if (this.#signal.aborted || this.#follower.over) return;
      await this.#showFiles(machine.recordingDirectory);
      const { recorderSocket, run } = this.#follower.current;
      // Changed meanwhile: look again at once. A running machine without a recorder gets one soon.
      if (run === machine.run && recorderSocket === machine.recorderSocket)
        await this.#follower.change(recorderSocket === null ? undefined : retryPause);
    }
  }

  /** Hands what the viewer types to the guest, as fast as the guest takes it. Typing at a machine that is off goes nowhere. */
  async type(): Promise<void> {
    for await (const bytes of this.#channel.incoming) {
      if (this.#readOnly) continue;
      this.#terminal?.typed();
      while (
        this.#connection === undefined &&
        this.#follower.current.recorderSocket !== null &&
        !this.#follower.over &&
        !this.#signal.aborted
      ) {
        await this.#follower.change();
      }
      try {
        await this.#connection?.write(bytes);
      } catch (error) {
        // The machine went off while it was being typed at.
        if (!(error instanceof TapestryError && error.code === 'closed')) throw error;
      }
    }
  }

  #enterRun(run: string | undefined): void {
    if (run === undefined || run === this.#run) return;
    if (this.#run !== undefined) this.#position = this.#history = 0;
    this.#run = run;
  }

  async #showLive(socketPath: string): Promise<void> {
    const connection = await RecorderConnection.open(socketPath, this.#signal).catch((error: unknown) => {
      if (error instanceof TapestryError) return undefined;
      throw error;
    });
    if (connection === undefined) return;
    this.#connection = connection;
    this.#follower.notify();
    try {
      for await (const data of connection.subscribe(this.#alias, this.#position)) await this.#put(data);
    } catch (error) {
      if (!(error instanceof TapestryError && error.code === 'closed')) throw error;
    } finally {
      this.#connection = undefined;
      connection.close();
    }
  }

  /** What is on disk beyond the position, of this run only: another power-on may begin while a slow viewer reads. */
  async #showFiles(directory: string): Promise<void> {
    if (this.#position === 'end') this.#position = (await recordingExtent(directory, this.#alias)).end;
    for await (const data of readRecording(directory, this.#alias, this.#position)) {
      const run = await recordedRun(directory, this.#run);
      if (this.#signal.aborted || (run !== undefined && run !== this.#run)) return;
      await this.#put(data);
    }
  }

  async #put({ offset, bytes }: { offset: number; bytes: Uint8Array }): Promise<void> {
    if (typeof this.#position === 'number' && this.#exact && offset > this.#position) {
      const notice = gapNotice(offset - this.#position);
      await this.#channel.write(this.#queries?.pass(notice, true) ?? notice);
    }
    await this.#channel.write(this.#queries === undefined ? bytes : this.#withoutQueries(offset, bytes, this.#queries));
    this.#position = offset + bytes.length;
    this.#exact = true;
  }

  /** Leaves the queries that this terminal is the one to answer: those the guest prints now, not those of the past. */
  #withoutQueries(offset: number, bytes: Uint8Array, queries: TerminalQueries): Uint8Array {
    const old = Math.min(Math.max((this.#history ?? 0) - offset, 0), bytes.length);
    const past = queries.pass(bytes.subarray(0, old), true);
    const present = queries.pass(bytes.subarray(old), this.#connection === undefined || this.#terminal?.isAsked() !== true);
    return old === 0 ? present : old === bytes.length ? past : Buffer.concat([past, present]);
  }
}
