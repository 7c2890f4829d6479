import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { statIfThere } from '../../../files/if-there.ts';
import type { Machine } from '../machine/machine.ts';
import type { Machines } from './machines.ts';
import { definition, Fixture, never } from '../testing/fixture.ts';

const generous = { timeout: 60_000, interval: 20 };

const define = async (machines: Machines, name: string, body: string): Promise<Machine> =>
  (await machines.define(definition(name, body))).machine;

const state = (machine: Machine) => `${machine.state.state} (${machine.state.reason})`;

const said = (machines: Machines, machine: Machine) => machines.recentLog(machine.uuid).map((entry) => entry.text);

/** The recorded output of the machine's port. */
const recorded = async (machine: Machine): Promise<string> => {
  const files = (await readdir(machine.paths.recordings).catch(() => [])).filter((file) => file.startsWith('serial0.')).toSorted();
  return (await Promise.all(files.map((file) => readFile(`${machine.paths.recordings}/${file}`, 'latin1')))).join('');
};

describe('the life of a machine', () => {
  it('starts, pauses, resumes, resets and is forced off, with libvirt’s states and reasons', async () => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    const machine = await define(machines, 'a', `<image>${await fixture.image()}</image>`);
    expect(machine.summary()).toMatchObject({ state: 'shut off', id: null, pid: null, persistent: true });

    await machine.act('start', never);
    expect(state(machine)).toBe('running (booted)');
    expect(machine.summary()).toMatchObject({ id: 1, pid: expect.any(Number) as number, pending: false });
    await expect(machine.act('start', never)).rejects.toMatchObject({ code: 'wrong-state' });
    await machine.act('suspend', never);
    expect(state(machine)).toBe('paused (user)');
    await expect(machine.act('suspend', never)).rejects.toMatchObject({ code: 'wrong-state' });
    await machine.act('resume', never);
    expect(state(machine)).toBe('running (unpaused)');
    await machine.act('reset', never);
    await expect.poll(() => said(machines, machine)).toContain('Reset (host-qmp-system-reset)');
    expect(state(machine)).toBe('running (unpaused)');

    const { pid } = machine.summary();
    await machine.act('destroy', never);
    expect(state(machine)).toBe('shut off (destroyed)');
    expect(machine.summary()).toMatchObject({ id: null, pid: null });
    expect(await fixture.processes()).not.toContain(pid);
    expect(await readdir(fixture.directories.sockets)).toEqual(['autostarted']);
    await expect(machine.act('destroy', never)).rejects.toMatchObject({ code: 'wrong-state' });

    await machine.act('start-paused', never);
    expect(state(machine)).toBe('paused (user)');
    expect(machine.summary().id).toBe(2);
    await machine.act('resume', never);
    expect(state(machine)).toBe('running (booted)');
    expect(fixture.unexpected).toEqual([]);
  });

  it('shuts down and reboots by the power button, and follows what the guest does by itself', async () => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    const machine = await define(machines, 'a', `<pty/><image>${await fixture.image()}</image>`);
    await machine.act('start', never);
    const { pid } = machine.summary();
    await expect.poll(() => recorded(machine), generous).toBe('B');

    await machine.act('reboot', never);
    expect(machine.summary().transition?.kind).toBe('rebooting');
    await expect.poll(() => recorded(machine), generous).toBe('BB');
    expect(state(machine)).toBe('running (booted)');
    expect(machine.summary()).toMatchObject({ pid, id: 1 });
    expect(machine.summary().transition).toBeUndefined();

    await machine.act('shutdown', never);
    await expect.poll(() => state(machine), generous).toBe('shut off (shutdown)');
    expect(machine.summary().lastError).toBeUndefined();
    await expect.poll(() => fixture.processes(), generous).toEqual([]);
    expect(await recorded(machine)).toBe('BB');
  });

  it('starts again where on_poweroff says restart', async () => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    const machine = await define(machines, 'a', `<pty/><on_poweroff>restart</on_poweroff><image>${await fixture.image()}</image>`);
    await machine.act('start', never);
    await expect.poll(() => recorded(machine), generous).toBe('B');
    await machine.act('shutdown', never);
    await expect.poll(() => recorded(machine), generous).toBe('BB');
    await expect.poll(() => state(machine), generous).toBe('running (booted)');
  });

  it('tells a crash from a shutdown, with QEMU’s last words', async () => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    const machine = await define(machines, 'a', '');
    await machine.act('start', never);
    process.kill(machine.summary().pid ?? 0, 'SIGKILL');
    await expect.poll(() => state(machine), generous).toBe('shut off (crashed)');
    expect(machine.summary().lastError).toMatchObject({ code: 'qemu-exited', message: expect.stringContaining('SIGKILL') as string });
    await machine.act('start', never);
    expect(machine.summary().lastError).toBeUndefined();
    process.kill(machine.summary().pid ?? 0, 'SIGTERM');
    await expect.poll(() => state(machine), generous).toBe('shut off (shutdown)');
  });

  it('shows a panic as crashed and keeps the machine where on_crash says so', async () => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    const panic = '<arg>-device</arg><arg>pvpanic</arg>';
    const kept = await define(machines, 'kept', `<on_crash>preserve</on_crash>${panic}`);
    const ended = await define(machines, 'ended', panic);
    for (const machine of [kept, ended]) {
      await machine.act('start', never);
      // The guest's own write to the panic device, as the monitor can make it.
      await machine.running('asked').qmp.execute('human-monitor-command', { 'command-line': 'o /b 0x505 1' });
    }
    await expect.poll(() => state(kept), generous).toBe('crashed (panicked)');
    await expect.poll(() => state(ended), generous).toBe('shut off (crashed)');
    await kept.act('destroy', never);
    expect(state(kept)).toBe('shut off (destroyed)');
  });

  it.each([
    ['coredump-destroy', 'shut off (crashed)'],
    ['coredump-restart', 'running (booted)'],
  ])('writes the memory of a guest that crashed to a file: %s', async (action, afterwards) => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    const machine = await define(machines, 'a', `<on_crash>${action}</on_crash><arg>-device</arg><arg>pvpanic</arg>`);
    const folder = `${machine.paths.persistent}/dumps`;
    await machine.act('start', never);
    await machine.running('asked').qmp.execute('human-monitor-command', { 'command-line': 'o /b 0x505 1' });
    await expect.poll(() => readdir(folder).catch(() => []), generous).toEqual([expect.stringMatching(/\.elf$/)]);
    const [name = ''] = await readdir(folder);
    expect((await readFile(`${folder}/${name}`)).subarray(0, 4).toString('latin1')).toBe('\u007fELF');
    await expect.poll(() => state(machine), generous).toBe(afterwards);
    if (action === 'coredump-restart') await machine.act('destroy', never);
    expect(fixture.unexpected).toEqual([]);
  });

  it('tells of a dump that fails, leaves no half of it, and ends the machine all the same', async () => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    const machine = await define(machines, 'a', '<on_crash>coredump-destroy</on_crash><arg>-device</arg><arg>pvpanic</arg>');
    await machine.act('start', never);
    await mkdir(machine.paths.persistent, { recursive: true });
    await writeFile(`${machine.paths.persistent}/dumps`, 'in the way');
    await machine.running('asked').qmp.execute('human-monitor-command', { 'command-line': 'o /b 0x505 1' });
    await expect.poll(() => state(machine), generous).toBe('shut off (crashed)');
    expect(machine.summary().lastError).toMatchObject({ code: 'io', message: expect.stringContaining('memory') as string });
  });

  it('asks what becomes of UEFI variables when a machine is undefined, and does that', async () => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    for (const choice of ['keep', 'remove'] as const) {
      const machine = await define(machines, choice, '');
      const { persistent } = machine.paths;
      await mkdir(`${persistent}/tpm2`, { recursive: true });
      await writeFile(`${persistent}/${choice}_VARS.fd`, 'variables');
      await expect(machines.undefine(choice)).rejects.toMatchObject({
        code: 'wrong-state',
        message: expect.stringContaining('nvram') as string,
      });
      expect(machines.find(choice).uuid).toBe(machine.uuid);
      await machines.undefine(choice, { nvram: choice });
      expect(await readdir(persistent).catch(() => 'gone')).toEqual(choice === 'keep' ? ['keep_VARS.fd'] : 'gone');
    }
    const plain = await define(machines, 'plain', '');
    await machines.undefine('plain');
    expect(machines.has(plain.uuid)).toBe(false);
  });

  it('removes the file of UEFI variables that the XML names, wherever it is, for who asks, and tells what it kept', async () => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    const own = join(fixture.root, 'vars', 'own.fd');
    await mkdir(dirname(own));
    const naming = async (name: string, path: string, uuid?: string) => {
      const loader = "<os><type>hvm</type><loader readonly='yes' type='pflash'>/x.fd</loader>";
      await writeFile(own, 'variables');
      return (await machines.define(definition(name, `${loader}<nvram>${path}</nvram></os>`, uuid))).machine;
    };
    const { uuid, paths } = await naming('a', own);
    await expect(machines.undefine('a')).rejects.toMatchObject({ code: 'wrong-state' });
    expect(await machines.undefine('a', { nvram: 'keep' })).toEqual([{ path: own, what: 'nvram' }]);
    expect(await readFile(own, 'utf8')).toBe('variables');

    await naming('a', own, uuid);
    await mkdir(join(paths.persistent, 'dumps'), { recursive: true });
    expect(await machines.undefine('a', { nvram: 'remove' })).toEqual([{ path: join(paths.persistent, 'dumps'), what: 'dumps' }]);
    expect(await readdir(dirname(own))).toEqual([]);

    // Two machines may name one file: then it goes with neither. A device goes with none.
    await naming('a', own);
    const b = await naming('b', own);
    await expect(machines.undefine('a', { nvram: 'remove' })).rejects.toMatchObject({ code: 'disk-in-use' });
    expect(await machines.undefine('b', { nvram: 'keep' })).toEqual([{ path: own, what: 'nvram' }]);
    expect(machines.has(b.uuid)).toBe(false);
    await machines.undefine('a', { nvram: 'remove' });
    await naming('device', '/dev/null');
    expect(await machines.undefine('device', { nvram: 'remove' })).toEqual([{ path: '/dev/null', what: 'nvram' }]);

    // Also where the name is none of ours, in the machine's own directory.
    const named = join(paths.persistent, 'vars.bin');
    await naming('a', named, uuid);
    await writeFile(named, 'variables');
    expect(await machines.undefine('a', { nvram: 'keep' })).toContainEqual({ path: named, what: 'nvram' });
    expect(await readFile(named, 'utf8')).toBe('variables');
  });

  it('keeps the memory of crashed guests when a machine is undefined, and the TPM’s state for who wants it', async () => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    for (const tpm of ['keep', undefined] as const) {
      const { persistent } = (await define(machines, 'a', '')).paths;
      for (const folder of ['dumps', 'tpm2']) await mkdir(`${persistent}/${folder}`, { recursive: true });
      await writeFile(`${persistent}/dumps/a.elf`, 'memory');
      await writeFile(`${persistent}/swtpm.log`, 'words');
      await machines.undefine('a', { tpm });
      expect((await readdir(persistent)).toSorted()).toEqual(tpm === 'keep' ? ['dumps', 'tpm2'] : ['dumps']);
      expect(await readFile(`${persistent}/dumps/a.elf`, 'utf8')).toBe('memory');
    }
  });

  it('goes on as a transient machine when undefined while it runs, and is gone afterwards', async () => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    const machine = await define(machines, 'a', '');
    await machine.act('start', never);
    await expect(machines.rename('a', 'b')).rejects.toMatchObject({ code: 'wrong-state' });
    const { log, recordings, persistent } = machine.paths;
    for (const directory of [recordings, persistent]) await mkdir(directory, { recursive: true });
    await writeFile(join(persistent, 'a_VARS.fd'), '');
    const elsewhere = join(fixture.root, 'elsewhere.fd');
    await writeFile(elsewhere, '');
    const loader = "<os><type>hvm</type><loader readonly='yes' type='pflash'>/x.fd</loader>";
    await machines.define((machine.stored?.xml ?? '').replace('</domain>', `${loader}<nvram>${elsewhere}</nvram></os></domain>`));
    const left = async () => (await Promise.all([log, recordings, persistent].map(statIfThere))).filter((found) => found !== undefined);
    await machines.undefine('a', { nvram: 'remove' });
    expect(machines.find('a').summary()).toMatchObject({ persistent: false, state: 'running' });
    expect(await left()).toHaveLength(3);
    expect(await statIfThere(elsewhere)).toBeDefined();
    await machine.act('destroy', never);
    expect(() => machines.find('a')).toThrow('There is no machine');
    expect(await left()).toEqual([]);
    expect(await statIfThere(elsewhere)).toBeUndefined();
  });

  it('keeps the files of a machine that was undefined while it ran and defined again', async () => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    const machine = await define(machines, 'a', '');
    const { xml } = machine.stored ?? { xml: '' };
    await machine.act('start', never);
    await machines.undefine('a');
    await machines.define(xml);
    await machine.act('destroy', never);
    expect(machines.find('a').summary()).toMatchObject({ persistent: true, state: 'shut off' });
    expect(await statIfThere(machine.paths.log)).toBeDefined();
  });

  it('renames, redefines and undefines what is off, and shows a redefinition of what runs as pending', async () => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    const machine = await define(machines, 'a', '');
    await machines.rename('a', 'b');
    expect(machines.find('b')).toBe(machine);
    await machine.act('start', never);
    await machines.define(machine.stored?.xml.replace('</domain>', '<title>x</title></domain>') ?? '');
    expect(machine.summary()).toMatchObject({ pending: true, name: 'b' });
    await machine.act('destroy', never);
    expect(machine.summary().pending).toBe(false);
    await machines.undefine('b');
    expect(machines.all()).toEqual([]);
  });

  it('lists what it did to the computer: recent lines first, then as it happens', async () => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    const machine = await define(machines, 'a', '');
    await machine.act('start', never);
    const { pid } = machine.summary();
    const stop = new AbortController();
    const lines = machines.watchActivity(stop.signal)[Symbol.asyncIterator]();
    const started = `Started “a” (id 1, pid ${pid})`;
    expect(await lines.next()).toMatchObject({ value: { text: started, severity: 'info', machine: 'a' } });
    await machine.act('destroy', never);
    expect(await lines.next()).toMatchObject({ value: { text: '“a” is off (destroyed)', machine: 'a' } });
    stop.abort();
    for (let line = 0; line < 300; line += 1) machines.note(`line ${line}`);
    const again = machines.watchActivity(never)[Symbol.asyncIterator]();
    expect(await again.next(), 'the list is bounded').toMatchObject({ value: { text: 'line 100' } });
    await again.return?.();
  });

  it('tells watchers a snapshot first and then every change', async () => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    const machine = await define(machines, 'a', '');
    const controller = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const event of machines.watch(controller.signal)) {
        if (event.kind === 'snapshot') seen.push(`snapshot ${event.machines.length}`);
        if (event.kind === 'changed') seen.push(event.machine.transition?.kind ?? event.machine.state);
      }
    })();
    await expect.poll(() => seen).toEqual(['snapshot 1']);
    await machine.act('start', never);
    await expect.poll(() => seen.at(-1)).toBe('running');
    expect(seen).toContain('starting');
    await machine.act('destroy', never);
    await expect.poll(() => seen.at(-1)).toBe('shut off');
    controller.abort();
    await watching;
  });

  it('starts machines marked for autostart once per boot of the computer', async () => {
    await using fixture = await Fixture.make();
    const first = await fixture.open();
    const machine = await define(first, 'a', '');
    await first.setAutostart('a', true);
    await first.close();
    await rm(`${fixture.directories.sockets}/autostarted`);
    const second = await fixture.open();
    await expect.poll(() => second.find(machine.uuid).state.state, generous).toBe('running');
    await second.find('a').act('destroy', never);
    await second.close();
    const third = await fixture.open();
    await third.find('a').jobs.idle();
    expect(third.find('a').state.state).toBe('shut off');
  });

  it('starts none of them where it can’t be noted that it was done, opens all the same, and says so', async () => {
    await using fixture = await Fixture.make();
    const first = await fixture.open();
    await define(first, 'a', '');
    await first.setAutostart('a', true);
    await first.close();
    const marker = `${fixture.directories.sockets}/autostarted`;
    await rm(marker);
    await mkdir(marker);
    const second = await fixture.open();
    await second.find('a').jobs.idle();
    expect(second.find('a').state.state).toBe('shut off');
    const controller = new AbortController();
    const activity: string[] = [];
    const watching = (async () => {
      for await (const { text } of second.watchActivity(controller.signal)) activity.push(text);
    })();
    await expect.poll(() => activity.filter((text) => text.includes(marker)), generous).toHaveLength(1);
    controller.abort();
    await watching;
  });
});
