import { setTimeout as delay } from 'node:timers/promises';
import { nameIn } from '../../../shared/contract/machine-key.ts';
import type { ConsoleMachine, StreamSource } from '../../consoles/console-source.types.ts';
import { StreamConsoles } from '../../consoles/stream-consoles.ts';
import { TapestryError } from '../../../shared/errors.ts';
import type { Connection, ConnectionSource, Consoles, Host } from '../connection.ts';
import { testDomains } from './domains.ts';
import { TestMachines } from './machines.ts';
import { slowed } from './slowed.ts';
import { testSupport } from './test-support.ts';
import { readTestUri } from './uri.ts';

/**
 * A host in memory with machines that start, stop and answer, of other limits than our own: for tests, and to see what the window makes of a
 * connection that isn't this computer. The machines are the source's: they go on while nobody is connected.
 *
 * @throws TapestryError `invalid` for what the URI says
 */
export function testSource(uri: string, id: string): ConnectionSource {
  const options = readTestUri(uri);
  const machines = new TestMachines(id, options.empty ? { begin: [] } : {});
  let wake: (() => void) | undefined;
  let back = options.backAfter;
  const open = async (): Promise<Connection> => {
    await delay(options.latency);
    const { promise: gone, resolve } = Promise.withResolvers<TapestryError>();
    let standing = true;
    const drop = (backAfter = options.backAfter): void => {
      if (!standing) return;
      standing = false;
      back = backAfter;
      resolve(new TapestryError('closed', 'The test host hung up.', { next: 'Connect it again.' }));
    };
    if (options.dropAfter !== undefined) setTimeout(drop, options.dropAfter).unref();
    return {
      machines: slowed(testDomains(machines, id, drop), options.latency),
      consoles: slowed(consolesOf(machines), options.latency),
      host: slowed(host, options.latency),
      activity: (signal) => machines.activity.subscribe(signal, () => machines.recent),
      differences: () => ({}),
      gone,
      close: () => {
        standing = false;
        return Promise.resolve();
      },
    };
  };
  return {
    id,
    uri,
    title: 'Test',
    support: testSupport,
    open,
    back: (again) => {
      wake = again;
      if (back !== undefined) setTimeout(() => wake?.(), back).unref();
    },
  };
}

const host: Host = {
  facts: () =>
    Promise.resolve({
      hostname: 'test',
      cpus: 8,
      memoryKiB: 32 * 1024 * 1024,
      arch: 'x86_64',
      qemu: null,
      machineTypes: ['pc', 'q35'],
      cpuModels: ['host', 'max', 'qemu64'],
      kvm: { usable: 'yes', message: 'The test hypervisor takes machines of the type kvm.' },
      uefi: true,
    }),
  capabilities: () =>
    Promise.resolve({ xml: '<capabilities>\n  <host>\n    <cpu>\n      <arch>x86_64</arch>\n    </cpu>\n  </host>\n</capabilities>\n' }),
  domainCapabilities: () => Promise.resolve({ xml: '<domainCapabilities>\n  <domain>kvm</domain>\n</domainCapabilities>\n' }),
};

/** The machines' serial ports. */
function consolesOf(machines: TestMachines): Consoles {
  const consoles = new StreamConsoles(streamSource(machines));
  const neverAsked = (): Promise<never> => Promise.reject(new TapestryError('internal', 'The test connection has no recordings.'));
  return {
    watch: ({ machine, alias }, { signal }) => consoles.watch(nameIn(machine), alias, signal),
    open: (input, channel, context) => consoles.open({ ...input, machine: nameIn(input.machine) }, channel, context),
    recording: neverAsked,
    clear: neverAsked,
  };
}

function streamSource(machines: TestMachines): StreamSource {
  const machine = (ref: string): ConsoleMachine => {
    const { uuid, name, id, state, consoles } = machines.find(ref).summary;
    return { uuid, name, state: id === null ? 'off' : state === 'paused' ? 'paused' : 'running', ports: consoles };
  };
  return {
    machine,
    watch: async function* (ref, signal) {
      const { uuid } = machine(ref);
      const changes = machines.events.subscribe(
        signal,
        () => [],
        (event) => event.kind,
      );
      // Subscribed before the first look, so that nothing between them is missed.
      let next = changes.next();
      for (;;) {
        if (!machines.all().some(({ summary }) => summary.uuid === uuid)) return;
        yield machine(uuid);
        if ((await next).done === true) return;
        next = changes.next();
      }
    },
    open: (ref, _alias, signal) => machines.find(ref).guest.port(signal),
  };
}
