import { embeddedConnection } from '../../shared/contract/embedded-connection.ts';
import { TapestryError } from '../../shared/errors.ts';
import type { Paths } from '../computer/paths.ts';
import type { ConnectionSource, Doctor } from '../connections/connection.ts';
import type { ConnectionRegistry } from '../connections/registry.ts';
import type { HostConnections } from './runtime.ts';

/** What {@link hostConnections} is made of. */
export interface HostConnectionsOptions {
  readonly host: 'desktop' | 'browser' | 'cli';
  /** URIs of connections beside our own. */
  readonly connect?: readonly string[];
  readonly log: (error: unknown, where: string) => void;
}

/**
 * Our own backend on a state directory that this process owns, this computer, and the connections that were asked for; for `openRuntime`. Loaded
 * when needed: help and pure commands don't.
 *
 * @throws TapestryError `invalid` for a URI that nobody knows
 */
export function hostConnections({ host, connect = [], log }: HostConnectionsOptions): (paths: Paths) => Promise<HostConnections> {
  return async (paths) => {
    const others = await sourcesOf(connect);
    const [{ embeddedSource }, { AutostartUnit }, { KvmProbe }, { computerFacts, findEmulator }, { tapestryVersion }] = await Promise.all([
      import('../connections/embedded/index.ts'),
      import('../computer/autostart/autostart-unit.ts'),
      import('../computer/doctor/kvm-probe.ts'),
      import('../computer/facts.ts'),
      import('../computer/paths.ts'),
    ]);
    const kvm = new KvmProbe({ stateDirectory: paths.state, cacheDirectory: paths.cache, emulator: findEmulator });
    const autostartUnit = AutostartUnit.of(paths);
    return {
      sources: [embeddedSource({ directories: paths, log, brief: host === 'cli', autostartUnit, kvm }), ...others],
      computer: (registry) => ({
        facts: async () => computerFacts(await tapestryVersion(), paths.state, kvm),
        doctor: async (begunBy) => (await doctorOf(registry)).begin(begunBy),
        checks: async function* (signal) {
          yield* (await doctorOf(registry)).checks(signal);
        },
      }),
    };
  };
}

/** What looks at this computer: its findings are jobs of its own connection. */
async function doctorOf(registry: ConnectionRegistry): Promise<Doctor> {
  const { doctor } = (await registry.use(embeddedConnection)).connection;
  if (doctor === undefined) throw new TapestryError('internal', 'This computer’s own connection has no doctor.');
  return doctor;
}

/** The sources of these URIs, each with an id of its own. */
async function sourcesOf(uris: readonly string[]): Promise<ConnectionSource[]> {
  const sources: ConnectionSource[] = [];
  for (const uri of uris) {
    const kind = /^([a-z]+):/.exec(uri)?.[1];
    if (kind !== 'test')
      throw new TapestryError('invalid', `No connection is known for “${uri}”.`, {
        next: 'Those are known: test:///default; and tapestry:///, which is always there.',
      });
    const { testSource } = await import('../connections/test/index.ts');
    const number = sources.length + 1;
    sources.push(testSource(uri, number === 1 ? kind : `${kind}-${number}`));
  }
  return sources;
}

/** Refuses connections that a host which came first was not told of. @throws TapestryError `state-owned` */
export function requireConnections(asked: readonly string[], there: readonly { readonly uri: string }[]): void {
  const missing = asked.find((uri) => !there.some((one) => one.uri === uri));
  if (missing === undefined) return;
  throw new TapestryError('state-owned', `Another Tapestry has the machines open already, and isn’t connected to ${missing}.`, {
    next: `End it, then start this one again, or start that one with --connect ${missing}.`,
  });
}
