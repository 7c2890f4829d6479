import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { MachineSummary } from '../../../../shared/contract/machines.ts';
import { startSteps } from '../start/start-request.ts';
import { definition, Fixture, never } from '../testing/fixture.ts';

const generous = { timeout: 60_000, interval: 20 };
const hostProcess = new URL('../testing/host-process.ts', import.meta.url).pathname;

/** Runs a host that starts `name`. Killed at `step`, or left running for the caller to kill. */
const runHost = (fixture: Fixture, name: string, step: string) => {
  const child = spawn(process.execPath, [hostProcess, JSON.stringify(fixture.directories), name, step], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  return { child, exited: once(child, 'exit') as Promise<[number | null, string | null]>, errors: () => errors };
};

it('still says why a machine is off when it is opened again, until it runs or is undefined', async () => {
  await using fixture = await Fixture.make();
  const first = await fixture.open();
  const { machine } = await first.define(definition('a'));
  expect(machine.state).toEqual({ state: 'shut off', reason: 'unknown' });
  await machine.act('start', never);
  await machine.act('destroy', never);
  await first.close();
  const second = await fixture.open();
  expect(second.find('a').state).toEqual({ state: 'shut off', reason: 'destroyed' });
  await second.find('a').act('start', never);
  await second.close();
  expect(await readdir(`${fixture.directories.state}/last`)).toEqual([]);
  const third = await fixture.open();
  expect(third.find('a').state).toMatchObject({ state: 'running', reason: 'booted' });
  await third.find('a').act('destroy', never);
  const { xml } = third.find('a').stored ?? { xml: '' };
  await third.undefine('a');
  await third.define(xml);
  await third.close();
  const remembered = `${fixture.directories.state}/last/${machine.uuid}`;
  for (const text of ['half a fi', JSON.stringify({ boot: 'of yesterday', state: 'shut off', reason: 'destroyed' })]) {
    await writeFile(remembered, text);
    const next = await fixture.open();
    expect(next.find('a').state).toEqual({ state: 'shut off', reason: 'unknown' });
    await next.close();
  }
  expect(fixture.unexpected).toEqual([]);
});

it('still says what went wrong with the last start when it is opened again, until the next start', async () => {
  await using fixture = await Fixture.make();
  const first = await fixture.open();
  const missing = `${fixture.directories.state}/gone.qcow2`;
  const { machine } = await first.define(definition('a', `<image>${missing}</image>`));
  await expect(machine.act('start', never)).rejects.toThrow(missing);
  const { lastError, lastErrorAt } = machine.summary();
  expect(lastError?.message).toContain(missing);
  await first.close();
  const second = await fixture.open();
  expect(second.find('a').summary()).toMatchObject({ state: 'shut off', reason: 'failed', lastError, lastErrorAt });
  await second.close();
  // Of a newer version: its words are shown, what this one doesn't know is left out.
  const path = `${fixture.directories.state}/last/${machine.uuid}`;
  const kept = JSON.parse(await readFile(path, 'utf8')) as { failure: object };
  const newer = { ...kept, failure: { ...kept.failure, code: 'of tomorrow', fixes: [{ kind: 'of tomorrow', label: 'Mend It' }], more: 1 } };
  await writeFile(path, JSON.stringify(newer));
  const third = await fixture.open();
  expect(third.find('a').summary().lastError).toMatchObject({ code: 'internal', message: lastError?.message });
  expect(third.find('a').summary().lastError?.fixes).toBeUndefined();
  await third.close();
  await writeFile(path, JSON.stringify({ ...kept, failure: 'half' }));
  const fourth = await fixture.open();
  expect(fourth.find('a').summary()).toMatchObject({ state: 'shut off', reason: 'failed' });
  expect(fourth.find('a').summary().lastError).toBeUndefined();
  await fourth.close();
  expect(fixture.unexpected).toEqual([]);
});

describe('after the app was killed', () => {
  it('finds a running machine again: state, id, live XML, recording, control', async () => {
    await using fixture = await Fixture.make();
    const before = await fixture.open();
    const { machine } = await before.define(definition('a', `<pty/><image>${await fixture.image()}</image>`));
    await before.close();
    const host = runHost(fixture, 'a', 'stay');
    const [line] = (await once(host.child.stdout, 'data')) as [Buffer];
    const there = JSON.parse(line.toString()) as MachineSummary;
    host.child.kill('SIGKILL');
    await host.exited;

    const machines = await fixture.open();
    const found = machines.find('a');
    expect(found.summary()).toMatchObject({
      state: 'running',
      reason: 'booted',
      id: there.id,
      pid: there.pid,
      startedAt: there.startedAt,
      persistent: true,
      pending: false,
    });
    expect(found.run?.record.liveXml).toMatch(/<domain type='qemu' id='1'>.*<source path='\/dev\/pts\/\d+'\/>/s);
    const recording = async () => readFile(`${found.paths.recordings}/serial0.00000000000000000000.log`, 'latin1').catch(() => '');
    await expect.poll(recording, generous).toBe('B');
    await found.act('suspend', never);
    expect(found.state).toMatchObject({ state: 'paused', reason: 'user' });

    // Again, now paused: the reason is kept too. And a second machine gets a new number.
    await machines.close();
    const again = await fixture.open();
    expect(again.find(machine.uuid).state).toMatchObject({ state: 'paused', reason: 'user' });
    await again.find('a').act('resume', never);
    const { machine: second } = await again.define(definition('b'));
    await second.act('start', never);
    expect(second.summary().id).toBe(2);
    await again.find('a').act('shutdown', never);
    await expect.poll(() => again.find('a').state, generous).toEqual({ state: 'shut off', reason: 'shutdown' });
  });

  it('removes the files of a machine that was undefined while it ran, and ended meanwhile', async () => {
    await using fixture = await Fixture.make();
    const before = await fixture.open();
    const { machine } = await before.define(definition('a'));
    await machine.act('start', never);
    const { pid } = machine.summary();
    await before.undefine('a');
    await before.close();
    expect(await readdir(fixture.directories.logs)).toEqual([`${machine.uuid}.log`]);
    process.kill(pid ?? 0, 'SIGKILL');
    const stat = () => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    await expect.poll(stat, generous).not.toMatch(/ [A-Y] /);
    const machines = await fixture.open();
    expect(machines.all()).toEqual([]);
    expect(await readdir(fixture.directories.logs)).toEqual([]);
  });

  it('says how a machine ended meanwhile, and removes what it left', async () => {
    await using fixture = await Fixture.make();
    const before = await fixture.open();
    for (const name of ['killed', 'off']) {
      const { machine } = await before.define(definition(name, name === 'off' ? `<image>${await fixture.image()}</image><pty/>` : ''));
      await machine.act('start', never);
    }
    const off = before.find('off');
    await expect
      .poll(() => readFile(`${off.paths.recordings}/serial0.00000000000000000000.log`, 'latin1').catch(() => ''), generous)
      .toBe('B');
    const pids = { killed: before.find('killed').summary().pid ?? 0, off: off.summary().pid ?? 0 };
    const tty = /<source path='([^']+)'/.exec(off.run?.record.liveXml ?? '')?.[1] ?? '';
    await before.close();
    process.kill(pids.killed, 'SIGKILL');
    await writeFile(tty, 's').catch(() => undefined);
    await expect
      .poll(
        () =>
          readFile(`/proc/${pids.killed}/stat`, 'utf8').then(
            (stat) => / [ZX] /.test(stat),
            () => true,
          ),
        generous,
      )
      .toBe(true);

    const machines = await fixture.open();
    expect(machines.find('killed').summary()).toMatchObject({
      state: 'shut off',
      reason: 'crashed',
      lastError: { code: 'qemu-exited' },
      id: null,
    });
    await expect.poll(() => machines.find('off').state, generous).toEqual({ state: 'shut off', reason: 'shutdown' });
    expect(await readdir(fixture.directories.sockets)).toEqual(['autostarted']);
  });

  it('shows a QEMU that does not answer as unknown, goes on trying, and can force it off', async () => {
    await using fixture = await Fixture.make();
    const before = await fixture.open();
    const { machine } = await before.define(definition('a'));
    await machine.act('start', never);
    const pid = machine.summary().pid ?? 0;
    await before.close();
    process.kill(pid, 'SIGSTOP');
    const machines = await fixture.open();
    expect(machines.find('a').summary()).toMatchObject({
      state: 'unknown',
      pid,
      lastError: { code: 'qmp', fixes: [{ kind: 'force-off' }] },
    });
    await expect(machines.find('a').act('suspend', never)).rejects.toMatchObject({
      code: expect.stringMatching(/qmp|wrong-state/) as string,
    });
    process.kill(pid, 'SIGCONT');
    await expect.poll(() => machines.find('a').state, generous).toMatchObject({ state: 'running', reason: 'booted' });
    await machines.find('a').act('destroy', never);
  });

  it('keeps a machine whose monitor talks garbage when it is found again, and gets back to it when that is over', async () => {
    await using fixture = await Fixture.make();
    const before = await fixture.open();
    const { machine } = await before.define(definition('a'));
    await machine.act('start', never);
    const pid = machine.summary().pid ?? 0;
    const { monitor } = machine.run?.record ?? { monitor: '' };
    await before.close();
    await rename(monitor, `${monitor}.real`);
    const garbage = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('\u0000\u00ff 220 smtp ready\r\n{"QMP":');
    }).listen(monitor);
    await once(garbage, 'listening');
    const machines = await fixture.open();
    expect(machines.find('a').summary()).toMatchObject({ state: 'unknown', pid, lastError: { code: 'qmp' } });
    const closed = once(garbage, 'close');
    garbage.close();
    await closed;
    await rename(`${monitor}.real`, monitor);
    await expect.poll(() => machines.find('a').state, generous).toMatchObject({ state: 'running', reason: 'booted' });
    await machines.find('a').act('destroy', never);
    await expect.poll(() => fixture.processes(), generous).toEqual([]);
  });

  it('takes up a machine whose definition is gone and can’t be read any more, beside one that can’t be taken up', async () => {
    await using fixture = await Fixture.make();
    const before = await fixture.open();
    const { machine } = await before.define(definition('a'));
    const { machine: other } = await before.define(definition('b'));
    for (const one of [machine, other]) await one.act('start', never);
    await before.close();
    await rm(`${fixture.directories.machines}/a.xml`);
    const record = JSON.parse(await readFile(machine.paths.record, 'utf8')) as object;
    await writeFile(machine.paths.record, JSON.stringify({ ...record, definition: '<domain/>' }));
    const after = await fixture.open({
      attachRecorder: (directory) =>
        directory === other.paths.recordings ? Promise.reject(new Error('a defect')) : Promise.resolve(undefined),
    });
    const found = after.find('a');
    expect(found.summary()).toMatchObject({ state: 'running', persistent: false, pid: machine.run?.process.pid });
    await found.act('destroy', never);
    expect(after.has(machine.uuid)).toBe(false);
  });

  it('ends what a cut start left, and no process that only looks at it', async () => {
    await using fixture = await Fixture.make();
    const before = await fixture.open();
    const { machine } = await before.define(definition('a'));
    await machine.act('start', never);
    const record = JSON.parse(await readFile(machine.paths.record, 'utf8')) as object;
    await machine.act('destroy', never);
    await before.close();
    const { runtime } = machine.paths;
    await mkdir(runtime);
    await writeFile(machine.paths.record, JSON.stringify({ ...record, phase: 'starting', qemu: null }));
    const looking = spawn('tail', ['-f', machine.paths.record], { stdio: 'ignore' });
    const stray = spawn('sh', ['-c', 'sleep 600', `${runtime}/monitor`, '-S'], { stdio: 'ignore', detached: true });
    const ended = once(stray, 'exit');
    await fixture.open();
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect(looking.exitCode ?? looking.signalCode).toBeNull();
    looking.kill();
    expect(await once(looking, 'exit')).toEqual([null, 'SIGTERM']);
  });

  it('never takes another process for the machine, even one with its pid', async () => {
    await using fixture = await Fixture.make();
    const before = await fixture.open();
    const { machine } = await before.define(definition('a'));
    await machine.act('start', never);
    const record = JSON.parse(await readFile(machine.paths.record, 'utf8')) as { qemu: { startTime: number } };
    await machine.act('destroy', never);
    await before.close();
    const stranger = spawn('sleep', ['600'], { stdio: 'ignore' });
    await mkdir(machine.paths.runtime);
    record.qemu = { pid: stranger.pid ?? 0, startTime: 1 } as { startTime: number };
    await writeFile(machine.paths.record, JSON.stringify(record));
    const machines = await fixture.open();
    expect(machines.find('a').summary()).toMatchObject({ state: 'shut off' });
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    stranger.kill();
    await once(stranger, 'exit');
  });

  it.each(startSteps.filter((step) => step !== 'continued'))(
    'leaves nothing behind when killed at the step “%s” of a start',
    async (step) => {
      await using fixture = await Fixture.make();
      const before = await fixture.open();
      await before.define(definition('a', '<pty/>'));
      await before.close();
      const host = runHost(fixture, 'a', step);
      const [, signal] = await host.exited;
      expect(host.errors()).toBe('');
      expect(signal).toBe('SIGKILL');

      const machines = await fixture.open();
      expect(machines.find('a').state.state).toBe('shut off');
      await expect.poll(() => fixture.processes(), generous).toEqual([]);
      expect(await readdir(fixture.directories.sockets)).toEqual(['autostarted']);
      expect((await readdir(fixture.directories.machines)).toSorted()).toEqual(['a.xml', 'autostart']);
      // And the machine starts as if nothing had been.
      await machines.find('a').act('start', never);
      expect(machines.find('a').state).toMatchObject({ state: 'running', reason: 'booted' });
      expect(fixture.unexpected).toEqual([]);
    },
  );
});
