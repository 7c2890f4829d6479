import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { openEmbeddedConnection, type EmbeddedOptions } from '../index.ts';
import type { EmbeddedDirectories } from '../ports.ts';
import { startSteps } from '../start-machine.ts';

/*
 * Runs in a network namespace of its own (argv[2]: directories as JSON; argv[3]: a step, for the host that kills itself
 * there): kills a start of a machine with a bridge NIC and a serial port at every step, and looks from the outside at what is left.
 */
const [, , json = '', step] = process.argv;
const directories = JSON.parse(json) as EmbeddedDirectories;
const never = new AbortController().signal;
const open = (more: Pick<EmbeddedOptions, 'step'> = {}) =>
  openEmbeddedConnection({ directories, log: (error) => console.error(error), ...more });

if (step !== undefined) {
  const connection = await open({
    step: (now) => {
      if (now === step) process.kill(process.pid, 'SIGKILL');
    },
  });
  await connection.domains.act('a', 'start', never);
  throw new Error(`the step ${step} never came`);
}

const links = () =>
  (JSON.parse(execFileSync('ip', ['-j', 'link', 'show'], { encoding: 'utf8' })) as { ifname: string }[])
    .map(({ ifname }) => ifname)
    .toSorted();
const ours = () =>
  readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid && commandOf(pid).includes(directories.sockets));
const commandOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it ended meanwhile
  }
};
const until = async (what: string, holds: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 600; tries += 1) {
    if (holds()) return;
    await delay(50);
  }
  throw new Error(`not within half a minute: ${what}`);
};

execFileSync('ip', ['link', 'add', 'br0', 'type', 'bridge']);
execFileSync('ip', ['tuntap', 'add', 'mine', 'mode', 'tap']);
const untouched = links();
const first = await open();
await first.domains.define({
  xml: `<domain type='qemu'><name>a</name><memory unit='MiB'>32</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type></os><devices><interface type='bridge'><source bridge='br0'/><model type='virtio'/></interface><serial type='pty'/></devices></domain>`,
});
await first.close();

for (const at of startSteps.filter((one) => one !== 'continued')) {
  const host = spawnSync(process.execPath, [import.meta.filename, json, at], { encoding: 'utf8' });
  assert.equal(host.signal, 'SIGKILL', `${at}: ${host.stderr}`);
  const connection = await open();
  assert.equal(connection.domains.get('a').state, 'shut off', at);
  await until(`${at}: no process is left`, () => ours().length === 0);
  await until(`${at}: no interface but the user's own`, () => links().join() === untouched.join());
  assert.deepEqual(readdirSync(directories.sockets), ['autostarted'], at);
  assert.deepEqual(readdirSync(directories.machines).toSorted(), ['a.xml', 'autostart'], at);
  await connection.close();
}

// After `cont` the guest runs: then it is found again, not ended.
assert.equal(spawnSync(process.execPath, [import.meta.filename, json, 'continued'], { encoding: 'utf8' }).signal, 'SIGKILL');
const found = await open();
assert.equal(found.domains.get('a').state, 'running');
await found.domains.act('a', 'destroy', never);
await until('no process is left', () => ours().length === 0);
await found.close();

// QEMU killed while it runs: the TAP goes with it, and nothing else is left.
const last = await open();
await last.domains.act('a', 'start', never);
assert.equal(links().length, untouched.length + 1);
process.kill(last.domains.get('a').pid ?? 0, 'SIGKILL');
await until('the TAP is gone', () => links().join() === untouched.join());
await until('the machine is off', () => last.domains.get('a').state === 'shut off');
assert.equal(last.domains.get('a').reason, 'crashed');
assert.ok(!existsSync(`${directories.sockets}/${last.domains.get('a').uuid}`));
await last.close();
