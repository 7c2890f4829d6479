// The window on the fake API, for looking at pages without a host: `npx vite` and then /testing/fake.html.
import '@fontsource-variable/inter/index.css';
import '@fontsource-variable/jetbrains-mono/index.css';
import { createRoot } from 'react-dom/client';
import { App } from '../app.tsx';
import { startServices } from '../state/services.ts';
import { FakeApi } from './fake-api.ts';
import { fakeSummary, running } from './fake-machines.ts';
import { fakeTest } from './fake-support.ts';
import { bootLog } from './fake-boot-log.ts';
import { fakeHost, fakeNic } from './fake-network.ts';

const fake = new FakeApi();
const empty = location.search.includes('empty');
fake.checks = [
  {
    id: 'helper',
    title: 'Network helper',
    status: 'warning',
    message: 'Not installed. User mode works; bridges and TAPs need it.',
    command: 'npx tapestry setup-helper',
  },
  { id: 'kvm', title: 'KVM', status: 'ok', message: 'Works: a Linux kernel booted in 0.9 s.' },
  { id: 'qemu', title: 'QEMU', status: 'ok', message: '10.0.2 at /usr/bin/qemu-system-x86_64' },
  { id: 'disk', title: 'Disk space', status: 'ok', message: '212 GiB free for images' },
  {
    id: 'passt',
    title: 'passt',
    status: 'skipped',
    message: 'Not installed. User mode uses slirp instead.',
    command: 'sudo apt install passt',
  },
];
if (!empty) {
  const web = fake.add(fakeSummary('web-01', running({ title: 'Front page', pending: true })));
  fake.add(fakeSummary('web-02', running({ id: 2, macs: ['52:54:00:7a:1c:13'] })));
  fake.add(fakeSummary('db-01', { memoryKiB: 8 * 1024 ** 2, maxMemoryKiB: 8 * 1024 ** 2, autostart: true }));
  fake.add(fakeSummary('build-runner', running({ id: 3, transition: { kind: 'stopping', since: Date.now() - 40_000 } })));
  fake.add(fakeSummary('dns-test', running({ id: 4, state: 'paused', reason: 'user', type: 'qemu' })));
  fake.add(fakeSummary('fedora-44', { reason: 'saved' }));
  fake.add(fakeSummary('centos-old', { state: 'crashed', reason: 'panicked' }));
  fake.add(
    fakeSummary('win11', {
      reason: 'failed',
      lastError: {
        code: 'kvm-unavailable',
        message: 'win11 asks for KVM, but /dev/kvm can’t be opened: permission denied.',
        next: 'Add yourself to the group kvm and log in again, or let it be emulated.',
        detail: 'open /dev/kvm: EACCES',
        fixes: [
          { kind: 'use-tcg', label: 'Use TCG Instead' },
          { kind: 'copy-command', label: 'Copy Command', value: 'sudo usermod -aG kvm user' },
        ],
      },
    }),
  );
  if (location.search.includes('many')) for (let n = 0; n < 300; n += 1) fake.add(fakeSummary(`vm-${String(n)}`));
  if (location.search.includes('several')) {
    fake.connections = [...fake.connections, fakeTest, { ...fakeTest, id: 'nas', title: 'nas.home', uri: 'qemu+ssh://nas.home/system' }];
    fake.add({ ...web, connection: 'test', name: 'web-01' });
    fake.add(fakeSummary('gitlab', running({ connection: 'test', id: 5 })));
    for (const name of ['backup', 'media', 'homeassistant']) fake.add(fakeSummary(name, running({ connection: 'nas', id: 6 })));
  }
  fake.consoleHistory = bootLog;
  fake.consoleState = { ...fake.consoleState, end: bootLog.length, viewers: 2 };
  fake.interfaces = fakeHost;
  fake.nics.set(web.uuid, [fakeNic({ createdBy: { who: 'tapestry-net-helper', pid: 48112, at: Date.now() - 3600_000 } })]);
  fake.pastActivity = [
    {
      connection: 'embedded',
      at: Date.now() - 60_000,
      text: 'Helper 48112 made vt3f9c21a7 for web-01 and put it on br0',
      severity: 'info',
      machine: 'web-01',
    },
    {
      connection: 'embedded',
      at: Date.now() - 5000,
      text: 'Helper 51907 moved vt80b1e6c4 of web-02 to br-lab',
      severity: 'info',
      machine: 'web-02',
    },
  ];
  let tick = 0;
  setInterval(
    () => {
      tick += 1;
      fake.stats.publish(
        [...fake.machines.values()]
          .filter((one) => one.summary.id !== null)
          .map((one, index) => ({
            connection: one.summary.connection,
            uuid: one.summary.uuid,
            at: Date.now(),
            cpuPercent: 8 + index * 3 + 6 * Math.sin(tick / 3 + index),
            memoryKiB: one.summary.memoryKiB * 1.1,
            guestMemoryKiB: one.summary.memoryKiB * (0.5 + 0.02 * Math.sin(tick / 9)),
            diskReadBps: 0,
            diskWriteBps: 0,
            netRxBps: 0,
            netTxBps: 0,
          })),
      );
    },
    location.search.includes('fast') ? 30 : 1000,
  );
}
const services = startServices(fake.link());
Object.assign(globalThis, { fake, services });
const root = document.getElementById('root');
if (root) createRoot(root).render(<App services={services} />);
