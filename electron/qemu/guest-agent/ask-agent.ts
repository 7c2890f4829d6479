import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { TapestryError } from '../../../shared/errors.ts';
import { jsonOrUndefined } from '../../../shared/json.ts';
import { asciiPreview } from '../qmp/greeting.ts';
import { classifyQmpMessage, type QmpMessage } from '../qmp/messages.ts';
import { sentinel, SentinelSplitter } from './sentinel-splitter.ts';

/** The longest answer taken, bytes: a guest with a thousand container interfaces stays below it. */
const answerLimit = 1024 * 1024;

/** How much is read in one conversation, bytes: an answer that was meant for somebody who went, and ours. */
const totalLimit = 2 * answerLimit;

/** How long the agent may take to answer, synchronizing included, ms (libvirt waits 5 s for the synchronization). */
export const agentDeadline = 5_000;

/** Limits of one question. */
export interface AskOptions {
  /** ms */
  readonly deadline?: number;
  readonly signal?: AbortSignal;
}

/** What the agent does wrong, as an error. `what` ends the sentence: "it did not answer within 5 s". */
const failed = (what: string, more: { detail?: string; cause?: unknown } = {}): TapestryError =>
  new TapestryError('agent-failed', `The guest agent can’t be used: ${what}.`, {
    next: 'Restart it in the guest (systemctl restart qemu-guest-agent).',
    ...more,
  });

/**
 * Asks a guest agent one thing: connects to QEMU's socket of its channel, synchronizes, runs the command, hangs up. QEMU serves one client
 * at a time, and whatever an earlier one left half read or unanswered is in the line: `guest-sync-delimited` with a number of our own, and
 * the sentinel before its answer, say where ours begin (QEMU docs/interop/qemu-ga-ref). Hanging up leaves the channel to others meanwhile,
 * and a guest that floods it floods nobody.
 *
 * @param path the socket that QEMU listens on
 * @returns what the agent returned; it is the guest's word, and the caller validates it
 * @throws TapestryError `agent-failed` when the socket is gone, nobody answers in time, or what comes is no answer; with the agent's own
 *   words in `detail` when it refuses; `cancelled`
 */
export async function askAgent(path: string, command: string, options: AskOptions = {}): Promise<unknown> {
  const milliseconds = options.deadline ?? agentDeadline;
  const deadline = AbortSignal.timeout(milliseconds);
  const signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]);
  const socket = createConnection({ path });
  try {
    await once(socket, 'connect', { signal });
    const answers = new Answers(socket, signal);
    const id = randomInt(1, 2 ** 31);
    // The sentinel ends what a former client may have left half written in the agent's parser.
    socket.write(Buffer.from([sentinel]));
    socket.write(`${JSON.stringify({ execute: 'guest-sync-delimited', arguments: { id } })}\n`);
    while (!isSuccess(await answers.next(), id)); // answers to others: of a former client, or to the sentinel
    socket.write(`${JSON.stringify({ execute: command })}\n`);
    const answer = await answers.next();
    if (answer.kind === 'success') return answer.value;
    if (answer.kind === 'event') throw failed('it sends events');
    throw failed(`it refuses ${command}`, { detail: asciiPreview(`${answer.errorClass}: ${answer.description}`) });
  } catch (cause) {
    if (options.signal?.aborted === true) throw new TapestryError('cancelled', 'Asking the guest agent was cancelled.', { cause });
    if (deadline.aborted) throw failed(`it did not answer within ${milliseconds / 1000} s`, { cause });
    if (cause instanceof TapestryError) throw cause;
    throw failed('its channel can’t be reached', { cause, detail: String(cause) });
  } finally {
    socket.on('error', () => undefined); // nobody listens any more; what matters was thrown
    socket.destroy();
  }
}

const isSuccess = (message: QmpMessage, value: unknown): boolean => message.kind === 'success' && message.value === value;

/** The messages of a conversation, one after another. */
class Answers {
  readonly #splitter = new SentinelSplitter(answerLimit, totalLimit);
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #signal: AbortSignal;
  #lines: string[] = [];

  constructor(socket: Socket, signal: AbortSignal) {
    this.#chunks = (socket as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    this.#signal = signal;
    // An iterator of a stream waits for its next chunk for ever: the end of the stream ends the wait.
    signal.addEventListener('abort', () => socket.destroy(), { once: true });
  }

  /** @throws TapestryError `agent-failed` for a line that is no message, for too long ones, and at the end */
  async next(): Promise<QmpMessage> {
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) {
        const message = classifyQmpMessage(jsonOrUndefined(line));
        if (message === undefined) throw failed('what it says is no answer', { detail: asciiPreview(line) });
        return message;
      }
      const chunk = await this.#chunks.next();
      this.#signal.throwIfAborted();
      if (chunk.done === true) throw failed('QEMU closed its channel');
      try {
        this.#lines = this.#splitter.push(chunk.value);
      } catch (cause) {
        throw failed(cause instanceof RangeError ? cause.message : String(cause), { cause });
      }
    }
  }
}
