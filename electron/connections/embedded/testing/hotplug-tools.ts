import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import path from 'node:path';
import { ipLink, until } from '../../../network/testing/tools.ts';
import { GuestShell } from './guest-shell.ts';
import { NicMachine } from './nic-machine.ts';

/** Is this interface up? */
export async function isUp(name: string) {
  return ((await ipLink(name))['flags'] as string[]).includes('UP');
}
/** Mode of a macvtap: vepa, bridge, private or passthrough. */
export async function modeOf(name: string) {
  return ((await ipLink(name))['linkinfo'] as { info_data: { mode: string } }).info_data.mode;
}

/** Is this pid a passt that runs? */
export function passtRuns(pid: number | null | undefined): boolean {
  try {
    return pid !== null && pid !== undefined && /^Name:\s+passt(?:.*\n)+?State:\s+[^ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false; // it is gone
  }
}

/** Every passt in this process namespace. */
export function passts(): number[] {
  const pids = execFileSync('sh', ['-c', 'ls /proc | grep -E "^[0-9]+$"'], { encoding: 'utf8' }).trim().split('\n').map(Number);
  return pids.filter((pid) => passtRuns(pid));
}

/** Does somebody listen on this port here? */
export function listening(port: number): boolean {
  return ['tcp', 'tcp6'].some((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8')
      .split('\n')
      .some((line) => new RegExp(`:${port.toString(16).toUpperCase().padStart(4, '0')} 0+:0000 0A`).test(line)),
  );
}

/** A card for macvtaps. */
export const lower = [
  ['ip', 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1'],
  ['ip', 'link', 'set', 'v0', 'up'],
];
/** passt wants a way out. */
export const wayOut = [
  ...lower,
  ['ip', 'link', 'set', 'v1', 'up'],
  ['ip', 'address', 'add', '10.1.0.2/24', 'dev', 'v0'],
  ['ip', 'route', 'add', 'default', 'via', '10.1.0.1'],
];
/** A `direct` NIC on it. */
export function direct(mode: string, inner = '', last = 2) {
  return `<interface type='direct'><mac address='52:54:00:00:00:0${last}'/><source dev='v0' mode='${mode}'/><model type='virtio'/>${inner}</interface>`;
}
/** A NIC served by passt. */
export function passt(last: string, forwards = '') {
  return `<interface type='user'><mac address='52:54:00:00:00:0${last}'/>${forwards}<model type='virtio'/><backend type='passt'/></interface>`;
}
/** A TCP forward of a host port to the guest’s 22. */
export function forward(port: number) {
  return `<portForward proto='tcp'><range start='${port}' to='22'/></portForward>`;
}
/** The run’s record on disk, as far as these tests look at it. */
export function recordOf(machine: NicMachine) {
  return JSON.parse(readFileSync(path.join(machine.folder, 's', machine.uuid, 'record.json'), 'utf8')) as {
    nics: { alias: string; processId: number | null }[];
  };
}
/** The passt that serves a NIC now. */
export function passtOf(machine: NicMachine, alias: string) {
  return recordOf(machine).nics.find((nic) => nic.alias === alias)?.processId;
}
/** One QMP command. */
export function command(machine: NicMachine, execute: string, args: Readonly<Record<string, unknown>>) {
  return machine.connection.domains.monitor(machine.uuid, JSON.stringify({ execute, arguments: args }));
}
/** Sends bytes through a forwarded port of this host, and has others back from the guest's `nc`, which listens on `guestPort`. */
export async function exchange(guest: GuestShell, hostPort: number, guestPort: number): Promise<void> {
  // nc ends when its own input does: it gets one, and the guest's shell goes on.
  await guest.run(`rm -f /tmp/got; (echo of-guest | nc -l -p ${guestPort} >/tmp/got) &`);
  await until(async () => (await guest.run('netstat -ltn')).includes(`:${guestPort} `), 'the guest listens');
  const socket = createConnection(hostPort, '127.0.0.1').setEncoding('latin1');
  let heard = '';
  let failure: unknown;
  socket.on('data', (text: string) => (heard += text)).on('error', (error) => (failure = error));
  socket.write('of-host\n');
  await until(() => heard.includes('of-guest') || failure !== undefined, `the guest’s bytes come through port ${hostPort}`);
  assert.equal(failure, undefined);
  await until(async () => (await guest.run('cat /tmp/got')).includes('of-host'), `and bytes reach the guest through port ${hostPort}`);
  socket.destroy();
}
/** What QEMU says is behind each NIC. */
export async function network(machine: NicMachine) {
  return JSON.stringify(await command(machine, 'human-monitor-command', { 'command-line': 'info network' }));
}
