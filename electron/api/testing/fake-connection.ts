import { TapestryError } from '../../../shared/errors.ts';
import type { Connection, Consoles } from '../../connections/connection.ts';
import { FakeHost, FakeStorage } from './fake-host.ts';
import { FakeJobs } from './fake-jobs.ts';
import { FakeMachines } from './fake-machines.ts';
import { FakeNetworks } from './fake-networks.ts';

/** What can be changed about a fake connection. */
export interface FakeConnectionOptions {
  /** Begin without machines, as on a first run. Default: a handful. */
  readonly empty?: boolean;
  /** Methods that this connection says it can't do, with the reason. */
  readonly unsupported?: Readonly<Record<string, string>>;
}

/** A connection in memory: believable machines whose consoles answer, NICs, bridges, images. No process, no file. */
export function fakeConnection(options: FakeConnectionOptions = {}): Connection & { readonly domains: FakeMachines } {
  const jobs = new FakeJobs();
  const host = new FakeHost(jobs);
  const domains = new FakeMachines((text, machine) => host.tell(text, machine), jobs);
  if (options.empty !== true) domains.seed();
  const consoles: Consoles = {
    watch: (ref, alias, signal) => {
      const { console } = domains.find(ref);
      if (/^serial\d$/.test(alias)) return console.watch(signal);
      throw new TapestryError('not-found', `The machine ${ref} has no serial port ${alias}.`);
    },
    open: ({ machine, from, readOnly }, channel, { signal }) => domains.find(machine).console.open(from, readOnly, channel, signal),
    recording: ({ machine }, channel) => domains.find(machine).console.recording(channel),
    clear: ({ machine }) => {
      domains.find(machine).console.clear();
      return Promise.resolve();
    },
  };
  return {
    uri: 'fake:///',
    domains,
    consoles,
    host,
    jobs,
    storage: new FakeStorage(jobs),
    networks: new FakeNetworks(domains),
    support: (method) => {
      const reason = options.unsupported?.[method];
      return reason === undefined ? { supported: true } : { supported: false, reason };
    },
    close: () => Promise.resolve(),
  };
}
