import { contract, type Api, type ApiHandlers } from '../../shared/contract/index.ts';
import { TapestryError } from '../../shared/errors.ts';
import { connect } from '../../shared/rpc/client.ts';
import { memoryTransports } from '../../shared/rpc/memory-transport.ts';
import type { Transport } from '../../shared/rpc/protocol.ts';
import { serve, type Session } from '../../shared/rpc/server.ts';
import { apiHandlers, type Computer } from '../api/index.ts';
import type { ConnectionSource } from '../connections/connection.ts';
import { ConnectionRegistry } from '../connections/registry.ts';
import { within } from '../processes/within.ts';
import { socketTransport } from '../rpc/socket-transport.ts';
import { attachedHandlers } from './attached-handlers.ts';
import { delegatingHandlers } from './delegating-handlers.ts';
import { removeAbandoned } from '../files/atomic-file.ts';
import { linkToOwner } from './owner-link.ts';
import { acquireOwnership, usualPatience, type Attachment, type Ownership } from './ownership.ts';
import { ownPaths, preparePaths, type Paths } from '../computer/paths.ts';
import { notBegun } from './resumption.ts';

/** What a host asks for. */
export interface RuntimeOptions {
  readonly host: 'desktop' | 'browser' | 'cli';
  /** The connections of this host, the first one that of this state directory; asked for, and opened, only while this process owns it. */
  readonly connections: (paths: Paths) => Promise<HostConnections>;
  /** Default: the user's own directories. */
  readonly paths?: Paths;
  /** How long an owner that doesn't answer is waited for, ms. Default 15,000: a busy computer is slow. */
  readonly patience?: number;
  /** Gets defects of ours; nothing a user did wrong. */
  readonly log: (error: unknown, where: string) => void;
}

/** What a host has to do with. */
export interface HostConnections {
  readonly sources: readonly ConnectionSource[];
  /** The computer that it runs on. */
  readonly computer: (registry: ConnectionRegistry) => Computer;
}

/** The backend of one host: opened here, or that of the host that came first. */
export interface Runtime {
  /** The API for this process itself. */
  readonly api: Api;
  /** Which part this host has now; it may turn from attached to owner. */
  readonly role: 'owner' | 'attached' | 'changing';
  /** Serves the API on one more connection until that ends. */
  serve(transport: Transport): Session;
  /** Resolves when no job goes on in this process: closing it would cancel them. */
  idle(): Promise<void>;
  /** Answers what others asked, cancels jobs that go on here, then lets go of the state. Running machines go on. */
  close(): Promise<void>;
}

interface Backend {
  readonly role: 'owner' | 'attached';
  readonly handlers: ApiHandlers;
  /** For an attached one: its owner is gone. */
  readonly gone: Promise<unknown>;
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** How long a host that ends waits for calls of others that are being answered, ms. */
const leavePatience = 10_000;

/**
 * Opens the state of this user, or attaches to the host that has it open; should that one end, this one takes its place or
 * attaches to who did, while its own windows stay connected.
 * @throws TapestryError what opening said: `state-owned`, `io`, or the connection's own
 */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const paths = options.paths ?? ownPaths();
  await preparePaths(paths);
  const stop = new AbortController();
  const sessions = new Set<Session>();
  let backend: Backend | undefined;
  let opening: Promise<Backend> | undefined;

  const open = (): Promise<Backend> => {
    opening ??= (async () => {
      try {
        const opened = await acquired(paths, options, stop.signal);
        if (stop.signal.aborted) {
          await opened.close();
          throw ended();
        }
        backend = opened;
        void opened.gone.then(() => {
          if (backend !== opened || stop.signal.aborted) return;
          backend = undefined;
          // A command that is nearly done needs no new backend unless it asks again.
          if (options.host !== 'cli') open().catch((error: unknown) => options.log(error, 'taking over'));
        });
        return opened;
      } finally {
        opening = undefined;
      }
    })();
    return opening;
  };
  const current = async (): Promise<ApiHandlers> => {
    if (stop.signal.aborted) throw ended();
    return (backend ?? (await open())).handlers;
  };
  await open();

  const handlers = delegatingHandlers(current, options.host);
  const serveOn = (transport: Transport): Session => {
    const session = serve(contract, handlers, transport, { log: options.log });
    sessions.add(session);
    void session.closed.then(() => sessions.delete(session));
    return session;
  };
  const [here, there] = memoryTransports();
  serveOn(there);

  return {
    api: connect(contract, here, { log: (error) => options.log(error, 'client') }).api,
    get role() {
      return backend?.role ?? 'changing';
    },
    serve: serveOn,
    idle: async () => {
      await backend?.idle();
    },
    close: async () => {
      if (stop.signal.aborted) return;
      stop.abort();
      await opening?.catch(() => undefined); // whoever asked for it has the error; here only its end counts
      for (const session of sessions) session.close(ended());
      await backend?.close();
    },
  };
}

/** This process owns the state: opens its machines and serves the other hosts. */
async function owned(ownership: Ownership, paths: Paths, options: RuntimeOptions): Promise<Backend> {
  const others = new Set<Session>();
  let registry: ConnectionRegistry | undefined;
  try {
    for (const directory of [paths.state, paths.config, paths.cache])
      removeAbandoned(directory).catch((error: unknown) => options.log(error, `clearing ${directory}`));
    const { sources, computer } = await options.connections(paths);
    registry = new ConnectionRegistry(sources, options.log);
    await registry.open();
    const handlers = apiHandlers({ registry, computer: computer(registry), host: options.host });
    await ownership.listen((socket) => {
      const session = serve(contract, handlers, socketTransport(socket), { log: options.log });
      others.add(session);
      void session.closed.then(() => others.delete(session));
    });
    const open = registry;
    return {
      role: 'owner',
      handlers,
      gone: new Promise(() => undefined),
      idle: () => open.idle(),
      close: async () => {
        await ownership.stopListening();
        const reason = new TapestryError('closed', 'The Tapestry that owned the machines’ state has ended.', { detail: notBegun });
        await within(Promise.all([...others].map((session) => session.leave(reason))), leavePatience);
        for (const session of others) session.close(ended());
        try {
          await open.close();
        } finally {
          await ownership.release();
        }
      },
    };
  } catch (error) {
    await registry?.close();
    await ownership.release();
    throw error;
  }
}

/** Owns the state, or is attached to a host that answers. */
async function acquired(paths: Paths, options: RuntimeOptions, signal: AbortSignal): Promise<Backend> {
  for (;;) {
    const { patience = usualPatience } = options;
    const got = await acquireOwnership(paths, options.host, { signal, patience });
    if (got.kind === 'owner') return await owned(got, paths, options);
    const opened = await attached(got, paths, patience);
    if (opened !== undefined) return opened;
    signal.throwIfAborted();
  }
}

/** Another process owns the state. @returns undefined when it ended meanwhile */
async function attached({ socket }: Attachment, paths: Paths, patience: number): Promise<Backend | undefined> {
  const link = await linkToOwner(socket, paths, patience);
  if (link === undefined) return undefined;
  return {
    role: 'attached',
    handlers: attachedHandlers(link.api),
    gone: link.closed,
    idle: () => Promise.resolve(), // its owner does them
    close: () => {
      link.close();
      return Promise.resolve();
    },
  };
}

const ended = (): TapestryError => new TapestryError('closed', 'This Tapestry is ending.');
