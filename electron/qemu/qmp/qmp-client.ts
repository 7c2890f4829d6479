import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { TapestryError } from '../../../shared/errors.ts';
import { jsonOrUndefined } from '../../../shared/json.ts';
import { asciiPreview, protocolError, readGreeting } from './greeting.ts';
import { LineSplitter } from './line-splitter.ts';
import { classifyQmpMessage, type QmpEvent, type QmpGreeting, type QmpMessage } from './messages.ts';

/** How long a command may take unless the caller says otherwise, ms. */
export const defaultCommandDeadline = 20_000;

/** How many messages are handled before everything else of this process has its turn. */
const messagesPerTurn = 100;

/** From how many messages a second on a peer is read slowly, and the pause after each turn then, ms. */
const floodPerSecond = 2_000;
const floodPause = 20;

/** The longest message taken from a peer, bytes: `query-qmp-schema` of current QEMUs is below 1 MiB. */
export const defaultMessageLimit = 16 * 1024 * 1024;

/** Limits of one connection. */
export interface QmpOptions {
  /** Called for each event, in order with the replies, from the greeting on. */
  readonly onEvent?: (event: QmpEvent) => void;
  /** Time for connecting, greeting and negotiation together, ms. */
  readonly deadline?: number;
  /** Called while the negotiation is under way: commands that it runs reach QEMU together with it and are answered after it. */
  readonly onNegotiation?: (client: QmpClient) => void;
  /** Longest message taken, bytes. */
  readonly messageLimit?: number;
  readonly signal?: AbortSignal;
}

/** Limits of one command. */
export interface ExecuteOptions {
  /** ms; the answer is dropped when it comes later. */
  readonly deadline?: number;
  readonly signal?: AbortSignal;
}

interface Pending {
  readonly command: string;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/**
 * A QMP connection to one QEMU over its unix socket: greeting, negotiation, commands matched to replies by id, events.
 * QEMU serves one client at a time and keeps listening, so a later run of the app connects to the same path again.
 */
export class QmpClient {
  /** What QEMU said of itself. */
  readonly greeting: QmpGreeting;
  /** Resolves once the connection has ended; with the reason when it was not {@link close} or the peer's own end. */
  readonly closed: Promise<TapestryError | undefined>;

  readonly #socket: Socket;
  readonly #splitter: LineSplitter;
  readonly #listeners = new Set<(event: QmpEvent) => void>();
  readonly #pending = new Map<string, Pending>();
  /** Told when the connection ends: who waits for an event. */
  readonly #waiting = new Set<() => void>();
  #settleClosed: (reason: TapestryError | undefined) => void = () => undefined;
  #ended = false;
  #failure: TapestryError | undefined;
  #nextId = 1;
  /** Set while the socket is lent: commands wait for it. */
  #lent: Promise<unknown> = Promise.resolve();
  #lending = 0;
  /** Messages that were read and are not handled yet: of one read at most. */
  readonly #lines: string[] = [];
  /** When they are, where there are some. */
  #next: NodeJS.Timeout | NodeJS.Immediate | undefined;
  /** Reading was stopped for them. */
  #held = false;
  #second = 0;
  #count = 0;
  /** Replies that came while the socket was lent, before anybody waited for them. */
  readonly #unclaimed = new Map<string, QmpMessage>();
  /** Commands that were written and have no answer yet, whether or not somebody still waits for it. */
  readonly #unanswered = new Set<string>();
  #silence: { readonly after: number; readonly tell: () => void } | undefined;
  #silenceTimer: NodeJS.Timeout | undefined;
  /** Grows with all that the peer says. */
  #heard = 0;

  private constructor(socket: Socket, greeting: QmpGreeting, splitter: LineSplitter, onEvent: ((event: QmpEvent) => void) | undefined) {
    this.#socket = socket;
    this.#splitter = splitter;
    this.greeting = greeting;
    if (onEvent !== undefined) this.#listeners.add(onEvent);
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) =>
      this.#end(new TapestryError('qmp', `The connection to QEMU's monitor broke: ${error.message}.`, { cause: error })),
    );
    socket.on('close', () => {
      // What it said before it hung up counts: no more than was read at once.
      this.#handle(this.#lines.length);
      this.#end(undefined);
    });
  }

  /**
   * Connects to the socket at `path`, reads the greeting and negotiates (without out-of-band execution, which we don't need).
   *
   * @throws TapestryError `qmp-protocol` when the peer doesn't speak QMP, `deadline` when it stays silent, `cancelled`,
   *   `closed` when it hangs up; a failed connect throws the system's error (ENOENT, ECONNREFUSED) unchanged
   */
  static async connect(path: string, options: QmpOptions = {}): Promise<QmpClient> {
    const splitter = new LineSplitter(options.messageLimit ?? defaultMessageLimit);
    const socket = createConnection({ path });
    const deadline = AbortSignal.timeout(options.deadline ?? defaultCommandDeadline);
    const signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]);
    try {
      await once(socket, 'connect', { signal });
      const { greeting, rest } = await readGreeting(socket, splitter, signal);
      const client = new QmpClient(socket, greeting, splitter, options.onEvent);
      for (const line of rest) client.#takeLine(line);
      const negotiated = client.execute('qmp_capabilities', undefined, { signal });
      options.onNegotiation?.(client);
      await negotiated;
      return client;
    } catch (error) {
      socket.on('error', () => undefined); // nobody else listens any more; what matters is thrown below
      socket.destroy();
      if (options.signal?.aborted === true) throw new TapestryError('cancelled', 'Connecting to QEMU was cancelled.', { cause: error });
      if (deadline.aborted) {
        throw new TapestryError('deadline', "QEMU's monitor did not answer in time.", {
          detail: path,
          next: "Look at the machine's log.",
          cause: error,
        });
      }
      throw error;
    }
  }

  /** Is the connection usable? */
  get open(): boolean {
    return !this.#ended;
  }

  /**
   * Runs one command. Replies may come in any order; each finds its command by id.
   *
   * @param args the command's arguments; keys with the value `undefined` are left out
   * @returns what QEMU returned; the caller validates it
   * @throws TapestryError `qmp` with QEMU's words in `detail` (`<class>: <description>`), `deadline`, `cancelled`, or `closed` when the connection ends first
   */
  async execute(command: string, args?: Readonly<Record<string, unknown>>, options: ExecuteOptions = {}): Promise<unknown> {
    if (this.#lending > 0) await this.#lent;
    const id = `t${this.#nextId++}`;
    const reply = this.#waitFor(id, command, options);
    if (!this.#ended) {
      this.#unanswered.add(id);
      this.#listenForSilence();
      this.#socket.write(`${JSON.stringify({ execute: command, ...(args === undefined ? {} : { arguments: args }), id })}\n`);
    }
    return reply;
  }

  /**
   * Lends the connected socket to `work` (the network helper inherits it and sends `getfd` with a descriptor on it);
   * commands wait until it is back, so that nothing of ours is written between. `work` gets a function that waits for
   * the reply to the id that the borrower used. Node stops reading a socket that it puts into a child's stdio: call
   * `reply` after the spawn, which reads on; a reply that came before is kept for it.
   */
  async lend<T>(work: (socket: Socket, reply: (id: string, options?: ExecuteOptions) => Promise<unknown>) => Promise<T>): Promise<T> {
    const before = this.#lent;
    this.#lending += 1;
    const turn = (async () => {
      await before;
      if (this.#ended) throw this.#closedError('lend');
      return work(this.#socket, (id, options) => this.#waitForLent(id, options ?? {}));
    })();
    this.#lent = turn.then(
      () => undefined,
      () => undefined, // the borrower's failure is the borrower's; the next one only waits for its end
    );
    try {
      return await turn;
    } finally {
      this.#lending -= 1;
      if (this.#lending === 0) this.#unclaimed.clear();
      if (!this.#ended) this.#socket.resume();
      this.#listenForSilence();
    }
  }

  /**
   * Calls `tell` when QEMU has said nothing at all for `after` ms though a command is without its answer, also one whose caller waits no longer; again
   * only after it said something. Whoever asks what, it shows.
   */
  onSilence(after: number, tell: () => void): void {
    this.#silence = { after, tell };
    this.#listenForSilence();
  }

  /** Calls `listener` for each event from now on. @returns a function that ends it */
  onEvent(listener: (event: QmpEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Waits for the first event that `matches`. @throws TapestryError `deadline`, `cancelled`, `closed` */
  async waitForEvent(matches: (event: QmpEvent) => boolean, options: ExecuteOptions = {}): Promise<QmpEvent> {
    const { promise, resolve, reject } = Promise.withResolvers<QmpEvent>();
    const stop = this.onEvent((event) => {
      if (matches(event)) resolve(event);
    });
    const timer = setTimeout(
      () => reject(new TapestryError('deadline', 'QEMU did not report the event in time.')),
      options.deadline ?? defaultCommandDeadline,
    );
    const cancel = () => reject(new TapestryError('cancelled', 'Waiting for QEMU was cancelled.'));
    options.signal?.addEventListener('abort', cancel, { once: true });
    if (options.signal?.aborted === true) cancel();
    const gone = () =>
      reject(this.#failure ?? new TapestryError('closed', "QEMU's monitor closed the connection before it reported the event."));
    this.#waiting.add(gone);
    if (this.#ended) gone();
    try {
      return await promise;
    } finally {
      stop();
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', cancel);
      this.#waiting.delete(gone);
    }
  }

  /** Ends the connection; QEMU runs on. Commands that wait are rejected with `closed`. */
  close(): void {
    this.#end(undefined);
  }

  #waitFor(id: string, command: string, options: ExecuteOptions): Promise<unknown> {
    if (this.#ended) return Promise.reject(this.#closedError(command));
    if (options.signal?.aborted === true) return Promise.reject(new TapestryError('cancelled', `QEMU's command ${command} was cancelled.`));
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const milliseconds = options.deadline ?? defaultCommandDeadline;
    const cancel = () => settle(() => reject(new TapestryError('cancelled', `QEMU's command ${command} was cancelled.`)));
    const timer = setTimeout(
      () =>
        settle(() =>
          reject(
            new TapestryError('deadline', `QEMU did not answer ${command} within ${milliseconds / 1000} s.`, {
              next: 'The machine may be hung; force it off if it stays like this.',
            }),
          ),
        ),
      milliseconds,
    );
    const settle = (how: () => void) => {
      if (!this.#pending.delete(id)) return;
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', cancel);
      how();
    };
    this.#pending.set(id, { command, resolve: (value) => settle(() => resolve(value)), reject: (error) => settle(() => reject(error)) });
    options.signal?.addEventListener('abort', cancel, { once: true });
    return promise;
  }

  #waitForLent(id: string, options: ExecuteOptions): Promise<unknown> {
    const answer = this.#waitFor(id, id, options);
    const early = this.#unclaimed.get(id);
    if (early !== undefined) this.#answer(early);
    if (!this.#ended) this.#socket.resume();
    return answer;
  }

  #listenForSilence(): void {
    const silence = this.#silence;
    if (silence === undefined || this.#silenceTimer !== undefined || this.#ended) return;
    // A socket that is lent isn't read here.
    if (this.#unanswered.size === 0 || this.#lending > 0) return;
    const heard = this.#heard;
    this.#silenceTimer = setTimeout(() => {
      // After a turn in which the socket is read: it may be this process that was away.
      setImmediate(() => {
        if (heard !== this.#heard || this.#ended) return; // it is listened for anew where something is still unanswered
        if (this.#lending > 0) this.#silenceTimer = undefined;
        else silence.tell();
      });
    }, silence.after).unref();
  }

  #take(chunk: Buffer): void {
    if (this.#ended) return;
    this.#heard += 1;
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = undefined;
    let lines: string[];
    try {
      lines = this.#splitter.push(chunk);
    } catch (error) {
      this.#end(protocolError(`it sent a message that is too long (${String(error)})`));
      return;
    }
    this.#lines.push(...lines);
    if (this.#next === undefined) this.#turn();
  }

  /** Handles some of the messages, and the others when the rest of the process had its turn: a peer that floods holds up nobody but itself. */
  #turn(): void {
    this.#next = undefined;
    this.#handle(messagesPerTurn);
    if (this.#ended) return;
    if (this.#lines.length === 0) {
      if (this.#held) this.#socket.resume();
      this.#held = false;
      this.#listenForSilence();
      return;
    }
    // Not read on meanwhile: the peer has to wait.
    this.#socket.pause();
    this.#held = true;
    const now = Date.now();
    if (now - this.#second >= 1000) [this.#second, this.#count] = [now, 0];
    const again = () => this.#turn();
    this.#next = this.#count > floodPerSecond ? setTimeout(again, floodPause) : setImmediate(again);
  }

  #handle(most: number): void {
    const lines = this.#lines.splice(0, most);
    this.#count += lines.length;
    for (const line of lines) this.#takeLine(line);
  }

  #takeLine(line: string): void {
    if (this.#ended) return;
    const message = parseMessage(line);
    if (message === undefined) {
      this.#end(protocolError(`it sent "${asciiPreview(line)}"`));
      return;
    }
    if (message.kind === 'event') {
      for (const listener of this.#listeners) listener(message.event);
      return;
    }
    this.#answer(message);
  }

  #answer(message: QmpMessage): void {
    if (message.kind === 'event' || message.id === undefined) return;
    this.#unanswered.delete(String(message.id));
    const pending = this.#pending.get(String(message.id));
    if (pending === undefined) {
      // A reply whose command was cancelled or ran over its deadline finds nobody: that is not an error of the peer.
      if (this.#lending > 0) this.#unclaimed.set(String(message.id), message);
      return;
    }
    if (message.kind === 'success') pending.resolve(message.value);
    else {
      pending.reject(
        new TapestryError('qmp', `QEMU refused ${pending.command}: ${message.description}`, {
          detail: `${message.errorClass}: ${message.description}`,
        }),
      );
    }
  }

  #end(failure: TapestryError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#lines.length = 0;
    clearTimeout(this.#silenceTimer);
    this.#socket.destroy();
    for (const pending of this.#pending.values()) pending.reject(this.#closedError(pending.command));
    for (const gone of this.#waiting) gone();
    this.#settleClosed(failure);
  }

  #closedError(command: string): TapestryError {
    return this.#failure ?? new TapestryError('closed', `QEMU's monitor closed the connection before it answered ${command}.`);
  }
}

const parseMessage = (line: string): QmpMessage | undefined => classifyQmpMessage(jsonOrUndefined(line));
