import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { until } from '../../../consoles/testing/until.ts';
import { NetworkHelper } from '../../../network/helper/helper.ts';
import { findProgram } from '../../../processes/find-program.ts';
import type { EmbeddedOptions } from '../index.ts';
import { openNamed } from './named-connection.ts';
import type { EmbeddedDirectories } from '../ports/ports.ts';
import { startSteps } from '../start/start-request.ts';

/*
 * Runs in a network namespace of its own (argv[2]: directories as JSON; argv[3]: a step, for the host that kills itself
 * there): kills a start of a machine with a bridge NIC and a serial port at every step, and looks from the outside at what is left.
 */
const [, , json = '', step] = process.argv;
const directories = JSON.parse(json) as EmbeddedDirectories;
const never = new AbortController().signal;
const open = (more: Pick<EmbeddedOptions, 'step' | 'changes'> = {}) =>
  openNamed({ directories, log: (error) => console.error(error), ...more });

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
  readdirSync('/proc').filter(
    (pid) =>
      /^\d+$/.test(pid) &&
      Number(pid) !== process.pid &&
      [directories.sockets, directories.state].some((own) => commandOf(pid).includes(own)),
  );
const commandOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it ended meanwhile
  }
};

// The TPM's process is one more that must not stay; where there is no swtpm, the rest is shown without it.
const tpm = (await findProgram('swtpm')) === undefined ? '' : "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>";
mkdirSync(directories.cache, { recursive: true });
execFileSync('ip', ['link', 'add', 'br0', 'type', 'bridge']);
execFileSync('ip', ['tuntap', 'add', 'mine', 'mode', 'tap']);
const untouched = links();
const first = await open();
await first.domains.define({
  xml: `<domain type='qemu'><name>a</name><memory unit='MiB'>32</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type></os><devices><interface type='bridge'><source bridge='br0'/><model type='virtio'/></interface><serial type='pty'/>${tpm}</devices></domain>`,
});
await first.close();

for (const at of startSteps.filter((one) => one !== 'continued')) {
  const host = spawnSync(process.execPath, [import.meta.filename, json, at], { encoding: 'utf8' });
  assert.equal(host.signal, 'SIGKILL', `${at}: ${host.stderr}`);
  // Nobody opens the app again: the guard of the start sees to it.
  await until(`${at}: no process is left`, () => ours().length === 0);
  await until(`${at}: no interface but the user's own`, () => links().join() === untouched.join());
  const connection = await open();
  assert.equal((await connection.domains.get('a')).state, 'shut off', at);
  assert.deepEqual(readdirSync(directories.sockets), ['autostarted'], at);
  assert.deepEqual(readdirSync(directories.machines).toSorted(), ['a.xml', 'autostart'], at);
  await connection.close();
}

// QEMU killed at every step of a start that has one: the start fails, and nothing is left.
for (const at of startSteps.slice(startSteps.indexOf('spawned'))) {
  const connection = await open({
    step: (now) => {
      if (now !== at) return;
      const [qemu] = ours().filter((pid) => commandOf(pid).startsWith('/usr/bin/qemu') || commandOf(pid).startsWith('qemu'));
      if (qemu !== undefined) process.kill(Number(qemu), 'SIGKILL');
      else for (const pid of ours()) process.kill(Number(pid), 'SIGKILL'); // it is still the guard's program
    },
  });
  const outcome = await connection.domains.act('a', 'start', never).then(
    () => 'started',
    () => 'failed',
  );
  // After `cont` the start may be over before its end is noticed; then the machine has crashed.
  if (at !== 'continued') assert.equal(outcome, 'failed', at);
  await until(`${at}: the machine is off`, async () => (await connection.domains.get('a')).state === 'shut off');
  await until(`${at}: no process is left after QEMU's end`, () => ours().length === 0);
  await until(`${at}: no interface but the user's own after QEMU's end`, () => links().join() === untouched.join());
  await until(`${at}: no file is left after QEMU's end`, () => readdirSync(directories.sockets).join() === 'autostarted');
  await connection.close();
}

// The network helper killed before it does anything, and when it has done all and not told of it: the start fails cleanly.
const helper = await new NetworkHelper().program();
for (const [when, script] of [
  ['before', '#!/bin/sh\nkill -9 $$\n'],
  ['after', `#!/bin/sh\n${helper} "$@" >/dev/null\nkill -9 $$\n`],
] as const) {
  const program = `${directories.cache}/helper-killed-${when}`;
  writeFileSync(program, script, { mode: 0o700 });
  const killed = new NetworkHelper(program);
  const connection = await open({
    changes: { helper: killed },
  });
  await assert.rejects(connection.domains.act('a', 'start', never), { code: 'helper-failed' }, when);
  assert.equal((await connection.domains.get('a')).state, 'shut off', when);
  await until(`helper killed ${when}: no process is left`, () => ours().length === 0);
  await until(`helper killed ${when}: no interface but the user's own`, () => links().join() === untouched.join());
  assert.deepEqual(readdirSync(directories.sockets), ['autostarted'], when);
  await connection.close();
}

// After `cont` the guest runs: then it is found again, not ended.
assert.equal(spawnSync(process.execPath, [import.meta.filename, json, 'continued'], { encoding: 'utf8' }).signal, 'SIGKILL');
const found = await open();
assert.equal((await found.domains.get('a')).state, 'running');
await found.domains.act('a', 'destroy', never);
await until('no process is left', () => ours().length === 0);
await found.close();

// QEMU killed while it runs: the TAP goes with it, and nothing else is left.
const last = await open();
await last.domains.act('a', 'start', never);
assert.equal(links().length, untouched.length + 1);
process.kill((await last.domains.get('a')).pid ?? 0, 'SIGKILL');
await until('the TAP is gone', () => links().join() === untouched.join());
await until('the machine is off', async () => (await last.domains.get('a')).state === 'shut off');
assert.equal((await last.domains.get('a')).reason, 'crashed');
assert.ok(!existsSync(`${directories.sockets}/${(await last.domains.get('a')).uuid}`));
await last.close();
