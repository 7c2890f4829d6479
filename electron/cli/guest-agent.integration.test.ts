import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { called } from '../testing/called.ts';
import type { NicStatus } from '../../shared/contract/networks.ts';
import { GuestShell } from '../connections/embedded/testing/guest-shell.ts';
import { guestCommandLine } from '../guest/command-line.ts';
import { ensureTestGuest } from '../guest/ensure-test-guest.ts';
import { agentInitramfs, agentProgram } from '../guest/testing/agent-initramfs.ts';
import { until } from '../network/testing/tools.ts';
import { openCli, type Cli } from './testing/open-cli.ts';

/*
 * A real QEMU, a real kernel in it, and the distribution's qemu-ga: what its agent tells, in the strips and by domifaddr, and what is told
 * while it doesn't run, hangs, has gone, or the app is another one.
 */

let folder = '';
let kernel = '';
let image = '';
let why: string | undefined;
let cli: Cli;
const guest = new GuestShell();
const environment = { ...process.env };

beforeAll(async () => {
  const built = await ensureTestGuest();
  folder = await mkdtemp(path.join(tmpdir(), 'tap-ga-'));
  const made = await agentInitramfs(built, folder, AbortSignal.timeout(120_000));
  if ('why' in made) why = made.why;
  else {
    kernel = built.kernel;
    image = made.image;
  }
  process.env['TMPDIR'] = folder;
  cli = await openCli();
});

afterAll(async () => {
  for (const name of ['talks', 'mute']) await cli.api['machines.act']({ machine: called(name), action: 'destroy' }).catch(() => undefined); // off already
  await cli.close();
  guest.close();
  process.env = environment;
  await rm(folder, { recursive: true, force: true });
});

const mac = '52:54:00:00:0a:01';
const channel = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>";
const definition = (name: string, boot: string, devices: string) =>
  `<domain type='qemu'><name>${name}</name><memory unit='MiB'>160</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type>${boot}</os><features><acpi/></features><devices><emulator>/usr/bin/qemu-system-x86_64</emulator><interface type='user'><mac address='${mac}'/><model type='virtio'/></interface>${devices}</devices></domain>`;
const strip = async (name: string): Promise<NicStatus> => {
  const [one] = await cli.api['networks.nic']({ machine: called(name) });
  if (one === undefined) throw new Error('no strip');
  return one;
};
const fromAgent = async () => (await strip('talks')).addresses.filter(({ source }) => source === 'agent');
const domifaddr = (...more: string[]) => cli.run('domifaddr', 'talks', '--source', 'agent', ...more);
const refused = (name: string) => cli.fails('domifaddr', name, '--source', 'agent');
const heading = 'error: Failed to query for interfaces addresses\nerror: ';

test('a machine without the channel is told to get one', async () => {
  const pointToPoint = `<interface type='mcast'><mac address='52:54:00:00:0a:02'/><source address='230.0.0.1' port='5558'/></interface>`;
  await cli.run('define', cli.file('mute.xml', definition('mute', '', pointToPoint)));
  await cli.run('start', 'mute');
  expect(await refused('mute')).toContain(`${heading}argument unsupported: QEMU guest agent is not configured\n`);
  const [, second] = await cli.api['networks.nic']({ machine: called('mute') });
  expect(second?.addressReason).toBe(
    'The NIC has no device on this host that could tell. The machine has no guest agent channel: add one.',
  );
  await cli.run('destroy', 'mute');
  expect(await refused('mute')).toContain(`${heading}Requested operation is not valid: domain is not running\n`);
});

test('the guest’s own addresses, from the moment its agent runs until it doesn’t', async ({ skip }) => {
  if (why !== undefined) skip(why);
  const serial = path.join(folder, 'serial');
  await guest.listen(serial);
  const boot = `<kernel>${kernel}</kernel><initrd>${image}</initrd><cmdline>${guestCommandLine({ autologin: true, hostname: 'guest', ip: 'eth0,10.77.0.5/16' })}</cmdline>`;
  const port = `<serial type='unix'><source mode='connect' path='${serial}'/></serial>`;
  await cli.run('define', cli.file('talks.xml', definition('talks', boot, `${port}${channel}`)));
  await cli.run('start', 'talks');
  await guest.see('guest:~# ');

  // No agent runs, and the guest has sent nothing: what QEMU would give it is no address of its. The channel is nobody's console.
  expect(await refused('talks')).toContain(`${heading}Guest agent is not responding: QEMU guest agent is not connected\n`);
  expect(await strip('talks')).toMatchObject({ addresses: [], expectedAddress: '10.0.2.15' });
  expect(await cli.run('domifaddr', 'talks')).not.toContain('10.0.2.15');
  expect((await cli.api['machines.get']({ machine: called('talks') })).consoles.map(({ alias }) => alias)).not.toContain('channel0');

  await guest.run('ip link add link eth0 name eth0.7 type vlan id 7');
  const start = `${agentProgram} -d -m virtio-serial -p $(ls /dev/vport*) -f /run/ga.pid`;
  expect(await guest.run(start)).toBe('');
  await until(async () => (await fromAgent()).some(({ address }) => address === '10.77.0.5'), 'the agent tells the address');
  const seen = await strip('talks');
  expect(seen).toMatchObject({ guestName: 'eth0', addressReason: null });
  expect(seen.addresses.find(({ address }) => address === '10.77.0.5')).toMatchObject({ prefix: 16, family: 'ipv4', guestName: 'eth0' });
  expect(seen.addresses.every(({ source }) => source === 'agent')).toBe(true);
  const table = await domifaddr();
  expect(table).toMatch(/^ lo {9}00:00:00:00:00:00 {4}ipv4 {9}127\.0\.0\.1\/8$/m);
  expect(table).toMatch(new RegExp(`^ eth0 {7}${mac} {4}ipv4 {9}10\\.`, 'm'));
  expect(table).toContain('10.77.0.5/16\n');
  expect(await domifaddr('eth0')).not.toContain('127.0.0.1');

  // What belongs to the NIC is what has its MAC, whatever the guest calls it. Asked by name, the agent is asked at once.
  await guest.run('ip link set eth0.7 up; ip address add 10.78.0.5/24 dev eth0.7');
  expect(JSON.parse(await domifaddr('eth0.7', '--json'))).toMatchObject([
    { name: 'eth0.7', mac, addresses: [{ address: '10.78.0.5' }, {}] },
  ]);
  expect((await fromAgent()).find(({ address }) => address === '10.78.0.5')).toMatchObject({ guestName: 'eth0.7' });

  // Hung: the last word stays, with its age; a question says so. Afterwards the answers nobody waited for are in the line.
  await guest.run('kill -STOP $(cat /run/ga.pid)');
  const before = await fromAgent();
  expect(await refused('talks')).toMatch(/Guest agent is not responding: The guest agent can’t be used: it did not answer within 5 s\./);
  expect(await fromAgent()).toEqual(before);
  await guest.run('kill -CONT $(cat /run/ga.pid)');
  expect(await domifaddr()).toContain('10.77.0.5/16\n');

  // A paused guest isn't asked.
  await cli.run('suspend', 'talks');
  expect(await refused('talks')).toContain(`${heading}Requested operation is not valid: domain is not running\n`);
  await cli.run('resume', 'talks');

  // Another life of the app: that the agent's port is open is asked for.
  await cli.close();
  cli = await openCli(cli.home);
  await until(async () => (await fromAgent()).some(({ address }) => address === '10.77.0.5'), 'the next app knows it too');

  await guest.run('kill $(cat /run/ga.pid)');
  await until(async () => (await fromAgent()).length === 0, 'the agent’s word goes with it');
  expect(await refused('talks')).toContain('QEMU guest agent is not connected\n');
  expect(await guest.run(start)).toBe('');
  await until(async () => (await fromAgent()).length > 0, 'and comes with it');
  await cli.run('destroy', 'talks');
});
