// Measures in a network and mount namespace that tap.ts made, and prints the samples as one line of JSON.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { NetworkHelper } from '../electron/network/helper/helper.ts';
import { closeAll } from '../electron/network/nics/open-tap.ts';
import { openTap } from '../electron/network/nics/tap.ts';
import { parseXml, readDevice } from '../shared/domain-xml/index.ts';
import { timed } from './measure.ts';

const [bare = '', count = '0'] = process.argv.slice(2);

const must = (program: string, ...args: string[]): void => {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
};
must('mount', '-t', 'sysfs', 'sysfs', '/sys');
must('ip', 'link', 'add', 'br0', 'type', 'bridge');
must('ip', 'link', 'set', 'br0', 'up');

const { device: nic } = readDevice(
  parseXml("<interface type='bridge'><mac address='52:54:00:e4:2e:c1'/><source bridge='br0'/><model type='virtio'/></interface>"),
);
if (nic?.kind !== 'interface') throw new Error('this is no NIC');
const context = { helper: new NetworkHelper(), machine: '3fa90c12-0000-4000-8000-000000000001' };

/** From the spawn to the program's word that its TAP is ready. */
const bareRun = async (): Promise<number> => {
  const start = performance.now();
  const child = spawn(bare, ['bare0', 'br0'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const took = performance.now() - start;
  child.stdin.end();
  await once(child, 'close');
  if (child.exitCode !== 0) throw new Error(`the bare program ended with ${child.exitCode}`);
  return took;
};

/** Nobody reads what is sent here: descriptors wait in the socket, so that taking their TAPs down isn't measured. */
const unread = createServer({ pauseOnConnect: true });
unread.listen(`${bare}.sock`);
await once(unread, 'listening');

/** To the helper's exit. */
const helperRun = async (program: string): Promise<number> => {
  const accepted = once(unread, 'connection');
  const socket = connect(`${bare}.sock`);
  const [[peer]] = (await Promise.all([accepted, once(socket, 'connect')])) as [[Socket], unknown];
  const start = performance.now();
  const child = spawn(program, ['--use-vnet', '--br=br0', '--fd=3'], { stdio: ['ignore', 'ignore', 'inherit', socket] });
  const [status] = (await once(child, 'exit')) as [number | null];
  const took = performance.now() - start;
  socket.destroy();
  peer.destroy();
  if (status !== 0) throw new Error(`${program} ended with ${status}`);
  return took;
};

const bridgeHelper = ['/usr/lib/qemu/qemu-bridge-helper', '/usr/libexec/qemu-bridge-helper'].find((file) => existsSync(file));
const samples: Record<'ours' | 'bare' | 'bridgeHelper', number[]> = { ours: [], bare: [], bridgeHelper: [] };
for (let run = -1; run < Number(count); run += 1) {
  let handles: Parameters<typeof closeAll>[0] = [];
  const ours = await timed(async () => {
    ({ handles } = await openTap(nic, context));
  });
  await closeAll(handles);
  const plain = await bareRun();
  const theirs = bridgeHelper === undefined ? undefined : await helperRun(bridgeHelper);
  if (run < 0) continue; // the first of each warms the caches
  samples.ours.push(ours);
  samples.bare.push(plain);
  if (theirs !== undefined) samples.bridgeHelper.push(theirs);
}
console.log(JSON.stringify(samples));
unread.close();
