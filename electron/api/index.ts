import { contract, type ApiHandlers } from '../../shared/contract/index.ts';
import type { ComputerFacts, HostCheck } from '../../shared/contract/computer.ts';
import type { Job, JobBeginner } from '../../shared/contract/jobs.ts';
import { TapestryError } from '../../shared/errors.ts';
import type { Jobs } from '../connections/connection.ts';
import { supportOf } from '../../shared/contract/support-of.ts';
import { followAll } from '../connections/follow-all.ts';
import type { ConnectionRegistry } from '../connections/registry.ts';
import { requireSupport } from '../connections/require-support.ts';
import { generateMac } from './generate-mac.ts';
import { routed } from './route.ts';

/** The computer that Tapestry itself runs on. */
export interface Computer {
  facts(): Promise<Omit<ComputerFacts, 'host'>>;
  /** Begins the job of all checks, or answers the one that goes on. */
  doctor(begunBy: JobBeginner): Promise<Job>;
  /** The checks that take no time. */
  checks(signal: AbortSignal): AsyncIterable<HostCheck[]>;
}

/** What the API is made of. */
export interface ApiContext {
  readonly registry: ConnectionRegistry;
  readonly computer: Computer;
  /** Which host serves: `computer.facts` says so. */
  readonly host: 'desktop' | 'browser' | 'cli';
}

/** The whole API over all connections: what one connection answers goes to it; the rest is of all of them, or of this computer. */
export function apiHandlers(context: ApiContext): ApiHandlers {
  const own = ownHandlers(context);
  const names = Object.keys(contract) as (keyof ApiHandlers)[];
  return { ...(Object.fromEntries(names.map((name) => [name, routed(name, context.registry)])) as unknown as ApiHandlers), ...own };
}

/** What no single connection answers. */
function ownHandlers({ registry, computer, host }: ApiContext) {
  const [eventsOfOne, statsOfOne] = [routed('machines.watch', registry), routed('machines.stats', registry)];
  const [demoOfOne, imageOfOne] = [routed('machines.createDemo', registry), routed('storage.createImage', registry)];
  return {
    'connections.list': () => Promise.resolve(registry.list()),
    'connections.watch': (_input, { signal }) => registry.watch(signal),
    'connections.connect': async ({ connection }) => {
      requireSupport(registry.source(connection).support, 'connect');
      await registry.connect(connection);
      return {};
    },
    'connections.disconnect': async ({ connection }) => {
      requireSupport(registry.source(connection).support, 'disconnect');
      await registry.disconnect(connection);
      return {};
    },
    'machines.watch': (input, call) =>
      input.connection !== undefined
        ? eventsOfOne(input, call)
        : followAll(registry, ({ connection }, until) => connection.machines.watch({}, { signal: until }), call.signal),
    'machines.stats': (input, call) =>
      input.machine !== undefined
        ? statsOfOne(input, call)
        : followAll(
            registry,
            ({ source, connection }, until) =>
              typeof supportOf('stats', source) === 'string' ? connection.machines.stats({}, { signal: until }) : undefined,
            call.signal,
          ),
    'networks.generateMac': async (_input, call) => {
      const lists = registry.standing().map(({ source, connection }) => connection.machines.list({ connection: source.id }, call));
      return { mac: generateMac((await Promise.all(lists)).flatMap((machines) => machines.flatMap(({ macs }) => macs))) };
    },
    'computer.alive': () => Promise.resolve({}),
    'computer.facts': async () => ({ ...(await computer.facts()), host }),
    'computer.doctor': ({ begunBy = { host } }) => computer.doctor(begunBy),
    'computer.checks': (_input, { signal }) => computer.checks(signal),
    // Who begins a job says so, else it is the host that serves.
    'machines.createDemo': (input, call) => demoOfOne({ begunBy: { host }, ...input }, call),
    'storage.createImage': (input, call) => imageOfOne({ begunBy: { host }, ...input }, call),
    'jobs.list': async () =>
      (await Promise.all(registry.standing().map(async ({ connection }) => (await connection.jobs?.list()) ?? []))).flat(),
    'jobs.watch': (_input, { signal }) => followAll(registry, ({ connection }, until) => connection.jobs?.watch(until), signal),
    'jobs.cancel': async (ref) => (await jobsOf(registry, ref.connection)).cancel(ref),
    'jobs.forget': async (input) => {
      await (await jobsOf(registry, input.connection)).forget(input);
      return {};
    },
    'computer.activity': (_input, { signal }) => followAll(registry, ({ connection }, until) => connection.activity(until), signal),
  } satisfies Partial<ApiHandlers>;
}

/** The jobs of a connection. @throws TapestryError `not-found`, also where it has none; `connection-offline` */
async function jobsOf(registry: ConnectionRegistry, id: string): Promise<Jobs> {
  const { source, connection } = await registry.use(id);
  if (connection.jobs === undefined) throw new TapestryError('not-found', `${source.title} has no jobs.`);
  return connection.jobs;
}
