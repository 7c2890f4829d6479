import { contract, type Api } from '../../shared/contract/index.ts';
import { TapestryError, type ErrorData } from '../../shared/errors.ts';

/** One live link to a host: the typed client over it, and its end. */
export interface Session {
  readonly client: Api;
  /** Settles when the link is gone, for whatever reason. */
  readonly closed: Promise<void>;
  close(): void;
}

/** Opens one link. Rejects with a TapestryError; `unauthorized` means that trying again is of no use. */
export type Connect = (signal: AbortSignal) => Promise<Session>;

/** How the link stands. Times are ms since the epoch. */
export type LinkStatus =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  | { readonly kind: 'lost'; readonly since: number; readonly attempt: number; readonly retryAt: number | null }
  | { readonly kind: 'refused'; readonly error: ErrorData };

/** The window's only way to the host: an API that survives reconnects, and the state of the link. */
export interface Link {
  /** Calls wait for the first link; while it is lost they reject with `closed`. */
  readonly api: Api;
  readonly status: () => LinkStatus;
  readonly subscribe: (listener: () => void) => () => void;
  /** Tries at once instead of waiting for the back-off. */
  readonly retry: () => void;
  close(): void;
}

/** Pause before the nth attempt (1-based), ms: 250, 500, 1000 … at most 10 s. */
export function backOff(attempt: number): number {
  return Math.min(10_000, 250 * 2 ** Math.max(0, attempt - 1));
}

const gone = () =>
  new TapestryError('closed', 'The connection to Tapestry is lost.', {
    next: 'It is tried again by itself; nothing that runs is touched.',
  });

/**
 * Keeps one {@link Session} open and offers an {@link Api} that always speaks to the present one.
 * @param connect opens one session; called again with {@link backOff} whenever the session ends
 */
export function openLink(connect: Connect): Link {
  const listeners = new Set<() => void>();
  const stop = new AbortController();
  let status: LinkStatus = { kind: 'connecting' };
  let session: Session | undefined;
  let first = Promise.withResolvers<Session>();
  // Without a caller that waits, the first failure is told by `status` alone.
  first.promise.catch(() => undefined);
  let wake: (() => void) | undefined;

  const set = (next: LinkStatus) => {
    status = next;
    for (const listener of listeners) listener();
  };

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const run = async () => {
    let attempt = 0;
    let since = Date.now();
    while (!stop.signal.aborted) {
      try {
        session = await connect(stop.signal);
        attempt = 0;
        set({ kind: 'open' });
        first.resolve(session);
        await session.closed.catch(() => undefined);
        since = Date.now();
      } catch (cause) {
        if (cause instanceof TapestryError && cause.code === 'unauthorized') {
          first.reject(cause);
          set({ kind: 'refused', error: cause.data });
          return;
        }
        // Any other failure means that no host answers (yet): the status says so below, and the next attempt follows.
      }
      session = undefined;
      if (stop.signal.aborted) return;
      attempt += 1;
      const wait = backOff(attempt);
      // Whoever came before the first success fails now: a page that waits for ever says less than an error.
      first.reject(gone());
      first = Promise.withResolvers<Session>();
      first.promise.catch(() => undefined);
      set({ kind: 'lost', since, attempt, retryAt: Date.now() + wait });
      await pause(wait);
    }
  };
  void run();

  const current = (): Promise<Session> => {
    if (session) return Promise.resolve(session);
    if (status.kind === 'connecting') return first.promise;
    return Promise.reject(gone());
  };

  return {
    api: facade(current, () => session),
    status: () => status,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    retry: () => wake?.(),
    close: () => {
      stop.abort();
      wake?.();
      session?.close();
      first.reject(gone());
    },
  };
}

/** An {@link Api} that looks the session up at each use, so that nobody holds a dead one. */
function facade(current: () => Promise<Session>, now: () => Session | undefined): Api {
  // The contract's types are per method; this loop treats all methods of a kind alike, which types can't express.
  type Loose = (input: unknown, options?: { signal?: AbortSignal }) => unknown;
  const methods: Record<string, Loose> = {};
  const of = (client: Api, name: string): Loose => (client as unknown as Record<string, Loose>)[name] ?? (() => Promise.reject(gone()));
  for (const [name, method] of Object.entries(contract)) {
    if (method.kind === 'call') methods[name] = async (input, options) => of((await current()).client, name)(input, options);
    else if (method.kind === 'events') {
      methods[name] = async function* (input, options) {
        const { client } = await current();
        yield* of(client, name)(input, options) as AsyncIterable<unknown>;
      };
    } else {
      methods[name] = (input, options) => {
        const session = now();
        if (!session) throw gone();
        return of(session.client, name)(input, options);
      };
    }
  }
  return methods as unknown as Api;
}

/** Why a subscription gives nothing. It is tried again by itself; `again` doesn't wait for that. */
export interface FeedFailure {
  readonly error: ErrorData;
  readonly again: () => void;
}

/** What waits before it tries again, by the link that it goes over. */
const waiting = new WeakMap<Link, Set<() => void>>();

/** Lets everything that {@link follow} has waiting try again at once: what kept it away is gone. */
export function wakeFeeds(link: Link): void {
  for (const again of waiting.get(link) ?? []) again();
}

/**
 * Follows one events method for as long as the window lives: subscribes when the link opens, again after each
 * reconnect, and with a back-off after a failure of the method itself.
 * @param open starts the subscription; its first items must be a snapshot
 * @param onItem gets each item, in order
 * @param onFail gets why nothing comes while the link is open, and undefined when something comes again
 * @returns stops it
 */
export function follow<T>(
  link: Link,
  open: (api: Api, signal: AbortSignal) => AsyncIterable<T>,
  onItem: (item: T) => void,
  onFail?: (failure: FeedFailure | undefined) => void,
): () => void {
  const stop = new AbortController();
  const opened = () =>
    new Promise<void>((resolve) => {
      if (link.status().kind === 'open' || stop.signal.aborted) return resolve();
      const done = () => {
        if (link.status().kind !== 'open' && !stop.signal.aborted) return;
        unsubscribe();
        resolve();
      };
      const unsubscribe = link.subscribe(done);
      stop.signal.addEventListener('abort', done, { once: true });
    });
  const run = async () => {
    for (let failures = 0; !stop.signal.aborted;) {
      await opened();
      if (stop.signal.aborted) return;
      let failed: ErrorData | undefined;
      try {
        for await (const item of open(link.api, stop.signal)) {
          if (stop.signal.aborted) return;
          if (failures > 0) onFail?.(undefined);
          failures = 0;
          onItem(item);
        }
      } catch (cause) {
        if (!(cause instanceof TapestryError)) reportError(cause);
        failed = cause instanceof TapestryError ? cause.data : undefined;
      }
      if (stop.signal.aborted) return;
      failures += 1;
      await new Promise<void>((resolve) => {
        const others = waiting.get(link) ?? new Set();
        waiting.set(link, others);
        const again = () => {
          clearTimeout(timer);
          others.delete(again);
          resolve();
        };
        const timer = setTimeout(again, backOff(failures));
        others.add(again);
        stop.signal.addEventListener('abort', again, { once: true });
        // A link that is lost is told by its own status.
        if (failed !== undefined && failed.code !== 'closed') onFail?.({ error: failed, again });
      });
    }
  };
  void run();
  return () => stop.abort();
}
