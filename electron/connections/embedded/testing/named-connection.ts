import { embeddedConnection } from '../../../../shared/contract/embedded-connection.ts';
import type { JobBeginner } from '../../../../shared/contract/jobs.ts';
import type { MachineAction } from '../../../../shared/contract/machines.ts';
import type { MachineTarget } from '../../../../shared/contract/references.ts';
import { called } from '../../../testing/called.ts';
import type { Connection, Domains } from '../../connection.ts';
import { openEmbeddedConnection, type EmbeddedOptions } from '../index.ts';
import { never } from './fixture.ts';

type Input<Method extends keyof Domains> = Parameters<Domains[Method]>[0];
/** An input as tests write it: a machine by its name or UUID, and no connection where there is only one. */
type Short<Method extends keyof Domains> = Omit<Input<Method>, 'machine' | 'connection'> &
  (Input<Method> extends { machine: MachineTarget } ? { readonly machine: string } : { readonly machine?: string });

const whole = <Given extends { readonly machine?: string }>({ machine, ...rest }: Given) => ({
  ...rest,
  connection: embeddedConnection,
  ...(machine === undefined ? {} : { machine: called(machine) }),
});

function domainsOf({ machines }: Connection) {
  const context = (signal = never) => ({ signal });
  return {
    list: () => machines.list({ connection: embeddedConnection }, context()),
    watch: (signal: AbortSignal) => machines.watch({}, { signal }),
    get: (name: string) => machines.get({ machine: called(name) }, context()),
    xml: (name: string) => machines.xml({ machine: called(name) }, context()),
    define: (input: Short<'define'>) => machines.define(whole(input), context()),
    undefine: (input: Short<'undefine'>) => machines.undefine({ ...whole(input), machine: called(input.machine) }, context()),
    rename: async (name: string, to: string) => void (await machines.rename({ machine: called(name), name: to }, context())),
    act: async (name: string, action: MachineAction, signal: AbortSignal, setAside?: 'once' | 'always') =>
      void (await machines.act({ machine: called(name), action, ...(setAside === undefined ? {} : { setAside }) }, context(signal))),
    setAutostart: (name: string, autostart: boolean) => machines.autostart({ machine: called(name), autostart }, context()),
    startMarked: async () => (await machines.startMarked({ connection: embeddedConnection }, context())).started,
    device: (input: Short<'device'>, signal: AbortSignal) =>
      machines.device({ ...whole(input), machine: called(input.machine) }, context(signal)),
    check: async (input: Short<'check'>) => (await machines.check(whole(input), context())).problems,
    native: (input: Short<'native'>) => machines.native(whole(input), context()),
    cpuTime: async (name: string) => (await machines.cpuTime({ machine: called(name) }, context())).ms,
    monitor: async (name: string, command: string) => (await machines.monitor({ machine: called(name), command }, context())).reply,
    stats: (name: string | undefined, signal: AbortSignal) =>
      machines.stats(name === undefined ? {} : { machine: called(name) }, context(signal)),
    log: (name: string, lines: number) => machines.log({ machine: called(name), lines }, context()),
  };
}

/** An embedded connection whose machines are asked for by what they are called, as tests write it. What is asked is the connection itself. */
export async function openNamed(options: EmbeddedOptions) {
  const connection = await openEmbeddedConnection(options);
  const { networks, consoles, host, storage, jobs, doctor } = connection;
  if (networks === undefined || storage === undefined || jobs === undefined || doctor === undefined)
    throw new Error('an embedded connection has all parts');
  const context = { signal: never };
  return {
    whole: connection,
    jobs,
    domains: domainsOf(connection),
    consoles: {
      watch: (name: string, alias: string, signal: AbortSignal) => consoles.watch({ machine: called(name), alias }, { signal }),
    },
    networks: {
      interfaces: () => networks.interfaces({ connection: embeddedConnection }, context),
      createBridge: (input: { readonly name: string }) => networks.createBridge({ ...input, connection: embeddedConnection }, context),
      nic: (name: string) => networks.nic({ machine: called(name) }, context),
      nics: (name: string, signal: AbortSignal) => networks.nics({ machine: called(name) }, { signal }),
      guestInterfaces: (name: string) => networks.guestInterfaces({ machine: called(name) }, context),
      keepMove: (name: string, alias: string) => networks.keepMove({ machine: called(name), alias }, context),
      forward: (input: Omit<Parameters<typeof networks.forward>[0], 'machine'> & { readonly machine: string }) =>
        networks.forward({ ...input, machine: called(input.machine) }, context),
    },
    storage: {
      createImage: (input: Omit<Parameters<typeof storage.createImage>[0], 'connection'>) =>
        storage.createImage({ ...input, connection: embeddedConnection }),
      deleteImage: (path: string) => storage.deleteImage({ connection: embeddedConnection, path }, context),
      imageInfo: (path: string) => storage.imageInfo({ connection: embeddedConnection, path }, context),
    },
    host: {
      facts: () => host.facts({ connection: embeddedConnection }, context),
      capabilities: async () => (await host.capabilities({ connection: embeddedConnection }, context)).xml,
      domainCapabilities: async (asked: {
        readonly emulator?: string;
        readonly arch?: string;
        readonly machine?: string;
        readonly virttype?: string;
      }) => (await host.domainCapabilities({ ...asked, connection: embeddedConnection }, context)).xml,
      doctor: ({ begunBy }: { readonly begunBy: JobBeginner }) => doctor.begin(begunBy),
      activity: (signal: AbortSignal) => connection.activity(signal),
    },
    close: () => connection.close(),
  };
}

/** See {@link openNamed}. */
export type NamedConnection = Awaited<ReturnType<typeof openNamed>>;
