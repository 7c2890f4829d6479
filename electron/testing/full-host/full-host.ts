import type { HostCheck } from '../../../shared/contract/computer.ts';
import type { NewInterface } from '../../../shared/domain-xml/index.ts';
import { TapestryError } from '../../../shared/errors.ts';
import type { Connection, ConnectionSource } from '../../connections/connection.ts';
import { tableOf } from '../../connections/support-tables.ts';
import { testDomains } from '../../connections/test/domains.ts';
import { TestMachines } from '../../connections/test/machines.ts';
import { seeds, type Seed } from '../../connections/test/seeds.ts';
import type { HostConnections } from '../../runtime/runtime.ts';
import { FakeJobs } from './jobs.ts';
import { FakeNetworks } from './networks.ts';
import { recordedPorts, RecordedGuest } from './recorded-guest.ts';

const onBridge = (bridge: string, mac: string): NewInterface => ({ source: { type: 'bridge', bridge }, mac });

/** NICs on bridges and TAPs, by machine, in place of those that the test connection can plug. */
const nics: Readonly<Record<string, readonly NewInterface[]>> = {
  'debian-12': [onBridge('br0', '52:54:00:e4:2e:c1'), { source: { type: 'user' }, mac: '52:54:00:12:34:56' }],
  'web-1': [onBridge('br200', '52:54:00:aa:00:02')],
  database: [onBridge('br200', '52:54:00:aa:00:03')],
  'router-lab': [
    { source: { type: 'ethernet', ips: [], routes: [] }, mac: 'f6:19:e0:6c:84:c3', target: 'tap10', model: 'e1000e' },
    onBridge('br200', '52:54:00:aa:00:04'),
  ],
};

const begin: readonly Seed[] = seeds.map((seed) => {
  const interfaces = nics[seed.definition.name];
  return interfaces === undefined ? seed : { ...seed, definition: { ...seed.definition, interfaces: [...interfaces] } };
});

const checks: readonly HostCheck[] = [
  { id: 'qemu', title: 'QEMU', status: 'ok', message: 'QEMU 8.2.2 at /usr/bin/qemu-system-x86_64' },
  {
    id: 'helper',
    title: 'Network helper',
    status: 'error',
    message: 'The network helper is there, but it isn’t privileged.',
    command: 'sudo setcap cap_net_admin+ep build/native/net-helper',
  },
];

/**
 * For `openRuntime`: a host in memory that does all that ours does, as far as commands ask: bridges and TAPs, recorded consoles, jobs.
 * @param id of its connection
 */
export function fullHost(id = 'test'): () => Promise<HostConnections> {
  const jobs = new FakeJobs(id);
  const support = tableOf();
  const machines = new TestMachines(id, { begin, support, guest: (name) => new RecordedGuest(name) });
  const networks = new FakeNetworks(machines);
  const domains = testDomains(machines, id, () => undefined);
  const unasked = () => Promise.reject(new Error('not part of this host'));
  const connection: Connection = {
    machines: {
      ...domains,
      device: (input, context) => {
        if (input.xml.includes('br404'))
          return Promise.reject(
            new TapestryError('bridge-missing', 'The bridge “br404” doesn’t exist.', { path: '/interface/source/@bridge' }),
          );
        return domains.device(input, context);
      },
      native: async ({ xml, machine }) => {
        const text = xml ?? (machine === undefined ? '' : machines.find(machine).inactive);
        const name = /<name>([^<]*)/.exec(text)?.[1] ?? '';
        const argv = ['-name', `guest=${name},debug-threads=on`, '-nodefaults', '-msg', 'timestamp=on'];
        return Promise.resolve({ environment: {}, emulator: '/usr/bin/qemu-system-x86_64', argv });
      },
    },
    consoles: recordedPorts(machines),
    networks: {
      interfaces: () => Promise.resolve(networks.interfaces()),
      nic: ({ machine }) => Promise.resolve(networks.nic(machine)),
      watch: async function* () {
        yield await Promise.resolve(networks.interfaces());
      },
      nics: async function* ({ machine }) {
        yield await Promise.resolve(networks.nic(machine));
      },
      trials: async function* () {
        yield await Promise.resolve({ pending: [], ended: null });
      },
      guestInterfaces: unasked,
      createBridge: unasked,
      deleteBridge: unasked,
      addUplink: unasked,
      confirmUplink: unasked,
      cancelUplink: unasked,
      removeUplink: unasked,
      keepMove: unasked,
      forward: unasked,
    },
    host: {
      facts: unasked,
      capabilities: () => Promise.resolve({ xml: '<capabilities>\n  <host/>\n</capabilities>\n' }),
      domainCapabilities: () => Promise.resolve({ xml: '<domainCapabilities>\n  <domain>kvm</domain>\n</domainCapabilities>\n' }),
    },
    jobs,
    activity: (signal) => machines.activity.subscribe(signal, () => machines.recent),
    differences: () => ({}),
    close: () => Promise.resolve(),
  };
  const source: ConnectionSource = { id, uri: 'test:///default', title: 'Test', support, open: () => Promise.resolve(connection) };
  return () =>
    Promise.resolve({
      sources: [source],
      computer: () => ({
        facts: unasked,
        checks: async function* () {
          yield await Promise.resolve([...checks]);
        },
        doctor: (begunBy) =>
          jobs.begin({ kind: 'doctor', subject: '', cancel: { loses: 'nothing' }, begunBy }, async ({ result }) => {
            result({ kind: 'doctor', checks: [...checks] });
            return Promise.resolve();
          }),
      }),
    });
}
