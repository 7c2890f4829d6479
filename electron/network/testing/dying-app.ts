// An application that makes a TAP, starts QEMU with it, and is killed where STEP says. Run by kill.cases.ts.
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { acquireDescriptors } from '../nics/descriptors.ts';
import { NetworkHelper } from '../helper/helper.ts';
import { nic, startQemu } from './tools.ts';

const [step, folder = '', program] = process.argv.slice(2);

/** Nothing of this process runs after this. */
const dieAt = (name: string): void => {
  if (name === step) process.kill(process.pid, 'SIGKILL');
};

if (step === 'helper runs') {
  const watched = setInterval(() => {
    if (existsSync(path.join(folder, 'started'))) process.kill(process.pid, 'SIGKILL');
  }, 10);
  watched.unref();
}
const acquired = await acquireDescriptors(
  [{ kind: 'tap', alias: 'net0', interfaceIndex: 0, queue: 0, queues: 1 }],
  [nic({ type: 'bridge', bridge: 'br0' }, { target: 'app0' })],
  { machine: { uuid: '3fa90c12-0000-4000-8000-000000000001', name: 'test' }, runtimeDirectory: folder, helper: new NetworkHelper(program) },
);
dieAt('acquired');
const devices = ['-netdev', '{"type":"tap","fd":"3","id":"hostnet0"}', '-device', 'virtio-net-pci,netdev=hostnet0'];
const qemu = await startQemu(devices, acquired.fds, path.join(folder, `${step}.qmp`));
writeFileSync(path.join(folder, `${step}.pid`), String(qemu.pid));
dieAt('spawned');
await acquired.handedOver(qemu.pid);
dieAt('handed over');
