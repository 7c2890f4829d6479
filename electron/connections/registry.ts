import type { ConnectionInfo, ConnectionState } from '../../shared/contract/connections.ts';
import { TapestryError, type ErrorCode, type ErrorData } from '../../shared/errors.ts';
import { EventHub } from '../../shared/event-hub.ts';
import type { Connection, ConnectionSource } from './connection.ts';

/** What opening says where something has to be given or installed first; anything else is a connection that isn't there. */
const needs: ReadonlySet<ErrorCode> = new Set(['unauthorized', 'host-missing'] satisfies ErrorCode[]);

/** A connection that stands. */
export interface Standing {
  readonly source: ConnectionSource;
  readonly connection: Connection;
  /** Aborts when it doesn't stand any more, with the `connection-offline` that says so. */
  readonly gone: AbortSignal;
}

interface Entry {
  readonly source: ConnectionSource;
  state: ConnectionState;
  /** Of one that stands: see {@link Standing}. */
  standing?: Standing & { readonly end: (why: TapestryError) => void };
  /** Of one that is being opened. */
  opening?: Promise<void>;
  /** Told to go while it was being opened. */
  unwanted: boolean;
}

/** All connections of this host: opens them, knows how they stand, and hands out those that do. */
export class ConnectionRegistry {
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #log: (error: unknown, where: string) => void;
  readonly #changes = new EventHub<undefined>();
  #closed = false;

  /** @param log gets what closing a connection that is gone says, and defects */
  constructor(sources: readonly ConnectionSource[], log: (error: unknown, where: string) => void) {
    this.#entries = new Map(sources.map((source) => [source.id, { source, state: { kind: 'connecting' }, unwanted: false }]));
    this.#log = log;
  }

  /**
   * Opens all of them. The first has to open; the others are opened in the background and may fail, as their state tells.
   * @throws TapestryError what opening the first one says
   */
  async open(): Promise<void> {
    const [first, ...others] = this.#entries.values();
    if (first === undefined) return;
    await this.#connect(first);
    for (const entry of others) this.#connect(entry).catch((error: unknown) => this.#logDefect(error, entry));
  }

  /** How all of them stand, the first one first. */
  list(): ConnectionInfo[] {
    return [...this.#entries.values()].map(({ source: { id, uri, title, support }, state }) => ({
      id,
      uri,
      title,
      state,
      support: { ...support },
    }));
  }

  /** The list at once and at each change; a slow reader gets the latest. */
  async *watch(signal: AbortSignal): AsyncGenerator<ConnectionInfo[], void, undefined> {
    for await (const _changed of this.#changes.subscribe(
      signal,
      () => [undefined],
      () => 'changed',
    ))
      yield this.list();
  }

  /** Calls back at each change of one of them. @returns what ends it */
  onChange(listener: () => void): () => void {
    return this.#changes.listen(listener);
  }

  /** Those that stand now. */
  standing(): readonly Standing[] {
    return [...this.#entries.values()].flatMap(({ standing }) => (standing === undefined ? [] : [standing]));
  }

  /** What there is to a connection, whether or not it stands. @throws TapestryError `not-found` */
  source(id: string): ConnectionSource {
    return this.#entry(id).source;
  }

  /**
   * The connection, for a use now; one that is being opened is waited for.
   * @throws TapestryError `not-found`; `connection-offline`, with since when, for one that isn't there, or what it needs
   */
  async use(id: string): Promise<Standing> {
    const entry = this.#entry(id);
    await entry.opening?.catch(() => undefined); // its state says what came of it
    if (entry.standing === undefined) throw away(entry);
    return entry.standing;
  }

  /** Opens one that isn't there. @throws TapestryError what opening it says */
  async connect(id: string): Promise<void> {
    const entry = this.#entry(id);
    // Also one that was told to go while it was being opened, or whose opening failed after that.
    entry.unwanted = false;
    if (entry.standing === undefined) await this.#connect(entry);
  }

  /** Lets go of one; its machines go on. @throws TapestryError `not-found` */
  async disconnect(id: string): Promise<void> {
    const entry = this.#entry(id);
    entry.unwanted = entry.opening !== undefined;
    await this.#leave(entry);
  }

  /** Resolves when no connection has a job that ends with this process. */
  async idle(): Promise<void> {
    await Promise.all(this.standing().map(async ({ connection }) => connection.jobs?.idle()));
  }

  /** Lets go of all of them. */
  async close(): Promise<void> {
    this.#closed = true;
    const entries = [...this.#entries.values()];
    for (const { standing } of entries) standing?.end(new TapestryError('closed', 'This Tapestry is ending.'));
    const closed = await Promise.allSettled(entries.map(async ({ standing }) => standing?.connection.close()));
    for (const entry of entries) delete entry.standing;
    const failed = closed.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined)
      throw new TapestryError('not-found', `There is no connection “${id}”.`, {
        next: `There ${this.#entries.size === 1 ? 'is' : 'are'}: ${[...this.#entries.keys()].join(', ')}.`,
      });
    return entry;
  }

  #connect(entry: Entry): Promise<void> {
    entry.opening ??= this.#open(entry).finally(() => delete entry.opening);
    return entry.opening;
  }

  async #open(entry: Entry): Promise<void> {
    const { source } = entry;
    this.#set(entry, { kind: 'connecting' });
    let connection: Connection;
    try {
      connection = await source.open();
    } catch (error) {
      if (!(error instanceof TapestryError)) this.#log(error, `opening ${source.uri}`);
      const data: ErrorData =
        error instanceof TapestryError ? error.data : { code: 'internal', message: `${source.title} can’t be opened.` };
      this.#set(entry, needs.has(data.code) ? { kind: 'needs', error: data } : { kind: 'offline', since: Date.now(), error: data });
      throw error;
    }
    if (this.#closed || entry.unwanted) {
      entry.unwanted = false;
      await connection.close();
      this.#set(entry, { kind: 'offline', since: Date.now() });
      throw away(entry);
    }
    const over = new AbortController();
    const standing = { source, connection, gone: over.signal, end: (why: TapestryError) => over.abort(why) };
    entry.standing = standing;
    this.#set(entry, { kind: 'connected' });
    connection.gone
      ?.then(async (why) => {
        if (entry.standing !== standing) return;
        source.back?.(() => {
          if (entry.state.kind === 'offline' && !this.#closed)
            this.#connect(entry).catch((error: unknown) => this.#logDefect(error, entry));
        });
        await this.#leave(entry, why);
      })
      .catch((error: unknown) => this.#log(error, `closing ${source.uri}`));
  }

  async #leave(entry: Entry, why?: TapestryError): Promise<void> {
    const { standing } = entry;
    if (standing === undefined) return;
    delete entry.standing;
    this.#set(entry, { kind: 'offline', since: Date.now(), ...(why === undefined ? {} : { error: why.data }) });
    standing.end(away(entry));
    await standing.connection.close();
  }

  #set(entry: Entry, state: ConnectionState): void {
    entry.state = state;
    this.#changes.publish(undefined);
  }

  /** What can be told is in the state already. */
  #logDefect(error: unknown, { source }: Entry): void {
    if (!(error instanceof TapestryError)) this.#log(error, `opening ${source.uri}`);
  }
}

/** Says that a connection isn't there: since when, and why where that is known. */
function away({ source: { title, id }, state }: Entry): TapestryError {
  if (state.kind === 'needs') return new TapestryError(state.error.code, state.error.message, state.error);
  const { since, error } = state.kind === 'offline' ? state : { since: Date.now(), error: undefined };
  return new TapestryError('connection-offline', `${title} is not connected.`, {
    next: error?.next ?? 'Connect it again.',
    since,
    path: id,
    ...(error === undefined ? {} : { detail: error.message }),
  });
}
