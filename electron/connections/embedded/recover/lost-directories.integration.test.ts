import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isProcessAlive } from '../../../processes/process-identity.ts';
import { definition, Fixture, never } from '../testing/fixture.ts';

const generous = { timeout: 60_000, interval: 20 };

const kinds: Readonly<Record<string, (image: string) => string>> = {
  'without port and disk': () => '',
  'with a port and a disk': (image) => `<pty/><image>${image}</image>`,
};

/** What a test does to a machine that runs while no host has it open. */
const losses: Readonly<Record<string, (runtime: string, record: string) => Promise<unknown>>> = {
  'its directory': (runtime) => rm(runtime, { recursive: true }),
  'its record': (_runtime, record) => rm(record),
  'its monitor’s socket': (runtime) => rm(join(runtime, 'monitor.sock')),
  'all its sockets': async (runtime) => {
    for (const name of await readdir(runtime)) if (name !== 'record.json') await rm(join(runtime, name));
  },
  'the right process in its record': async (_runtime, record) => {
    const text = JSON.parse(await readFile(record, 'utf8')) as { qemu: { pid: number; startTime: number } };
    await writeFile(record, JSON.stringify({ ...text, qemu: { pid: text.qemu.pid + 1, startTime: text.qemu.startTime + 1 } }));
  },
  'the right start time in its record': async (_runtime, record) => {
    const text = JSON.parse(await readFile(record, 'utf8')) as { qemu: { pid: number; startTime: number } };
    await writeFile(record, JSON.stringify({ ...text, qemu: { ...text.qemu, startTime: text.qemu.startTime - 1 } }));
  },
};

describe.each(Object.entries(kinds))('a running machine %s', (_kind, body) => {
  it.each(Object.entries(losses))('that lost %s is found, is not started twice, and can be ended', async (_what, lose) => {
    await using fixture = await Fixture.make();
    const before = await fixture.open();
    const { machine } = await before.define(definition('a', body(await fixture.image())));
    await machine.act('start', never);
    const qemu = machine.run?.process ?? { pid: 0, startTime: 0 };
    await before.close();
    await lose(machine.paths.runtime, machine.paths.record);

    const machines = await fixture.open();
    const found = machines.find('a');
    expect(found.summary()).toMatchObject({ pid: qemu.pid, state: expect.stringMatching(/running|unknown/) as string, id: 1 });
    await expect(found.act('start', never)).rejects.toMatchObject({ code: 'wrong-state' });
    await machines.undefine('a');
    expect(machines.find('a').summary()).toMatchObject({ pid: qemu.pid, persistent: false });
    expect(await isProcessAlive(qemu)).toBe(true);
    await machines.find('a').act('destroy', never);
    expect(machines.all()).toEqual([]);
    await expect.poll(() => fixture.processes(), generous).toEqual([]);
    expect(await readdir(fixture.directories.sockets)).toEqual(['autostarted']);
  });
});

describe('a running machine', () => {
  it('is found before it is started, undefined or ended, where it came to light after the opening', async () => {
    for (const act of ['start', 'destroy', 'undefine'] as const) {
      await using fixture = await Fixture.make();
      const first = await fixture.open();
      const { machine } = await first.define(definition('a'));
      // A host that saw it off; another one starts it.
      const second = await fixture.open();
      await machine.act('start', never);
      const qemu = machine.run?.process ?? { pid: 0, startTime: 0 };
      await first.close();
      await rm(machine.paths.runtime, { recursive: true });
      const seen = second.find('a');
      expect(seen.state.state).toBe('shut off');
      if (act === 'start') await expect(seen.act('start', never)).rejects.toMatchObject({ code: 'wrong-state' });
      else if (act === 'undefine') await second.undefine('a');
      else await seen.act('destroy', never);
      expect(await isProcessAlive(qemu)).toBe(act !== 'destroy');
      if (act !== 'destroy') expect(seen.summary()).toMatchObject({ pid: qemu.pid, persistent: act === 'start' });
    }
  });

  it('keeps its record when the directory is removed under an open host', async () => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    const { machine } = await machines.define(definition('a'));
    await machine.act('start', never);
    await rm(fixture.directories.sockets, { recursive: true });
    await machine.act('suspend', never);
    await expect.poll(() => readFile(machine.paths.record, 'utf8').catch(() => ''), generous).toContain('"paused"');
    await machine.act('destroy', never);
  });

  it('of an earlier version is found in the login’s directory, and its record goes where it outlives the login', async () => {
    await using fixture = await Fixture.make();
    const old = { ...fixture.directories, sockets: join(fixture.root, 'login') };
    await mkdir(old.sockets, { mode: 0o700 });
    const before = await fixture.open({}, { directories: old });
    const { machine } = await before.define(definition('a', '<pty/>'));
    await machine.act('start', never);
    const qemu = machine.run?.process;
    await before.close();
    const record = JSON.parse(await readFile(machine.paths.record, 'utf8')) as Record<string, unknown>;
    const { boot: _boot, computer: _computer, rebootAskedAt: _asked, ...first } = record;
    await writeFile(machine.paths.record, JSON.stringify({ ...first, version: 1 }));

    const directories = { ...fixture.directories, formerSockets: [old.sockets] };
    for (let opening = 0; opening < 2; opening++) {
      const machines = await fixture.open({}, { directories });
      expect(machines.find('a').summary()).toMatchObject({ pid: qemu?.pid, state: 'running', id: 1 });
      await machines.close();
      expect(JSON.parse(await readFile(join(directories.sockets, machine.uuid, 'record.json'), 'utf8'))).toMatchObject({
        version: 2,
        qemu,
      });
      await rm(machine.paths.record, { force: true });
    }
    const machines = await fixture.open({}, { directories });
    await machines.find('a').act('destroy', never);
    await machines.find('a').act('start', never);
    expect(machines.find('a').paths.runtime).toBe(join(directories.sockets, machine.uuid));
    await machines.find('a').act('destroy', never);
    expect([...(await readdir(old.sockets)), ...(await readdir(directories.sockets))]).toEqual(['autostarted', 'autostarted']);
  });

  it('of another state directory is nobody’s here, though it has the same UUID', async () => {
    await using theirs = await Fixture.make();
    await using ours = await Fixture.make();
    const text = definition('a');
    const there = await theirs.open();
    const { machine } = await there.define(text);
    await machine.act('start', never);
    const here = await ours.open({}, { directories: { ...ours.directories, formerSockets: [theirs.directories.sockets] } });
    const { machine: mine } = await here.define(text);
    await expect(mine.act('destroy', never)).rejects.toMatchObject({ code: 'wrong-state' });
    await mine.act('start', never);
    await mine.act('destroy', never);
    expect(await isProcessAlive(machine.run?.process ?? { pid: 0, startTime: 0 })).toBe(true);
    expect(machine.state.state).toBe('running');
  });

  it('is no process that only has the same words', async () => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    const { machine } = await machines.define(definition('a'));
    const monitor = `socket,id=charmonitor,path=/nowhere/${machine.uuid}/qmp.sock`;
    const other = spawn('sh', ['-c', 'sleep 600', 'qemu', '-S', '-uuid', machine.uuid, '-chardev', monitor], { stdio: 'ignore' });
    await once(other, 'spawn');
    await machine.act('start', never);
    await machine.act('destroy', never);
    expect(other.exitCode ?? other.signalCode).toBeNull();
    other.kill('SIGKILL');
    await once(other, 'exit');
  });
});
