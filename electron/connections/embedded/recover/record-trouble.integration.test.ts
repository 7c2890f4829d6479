import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isProcessAlive } from '../../../processes/process-identity.ts';
import type { Machine } from '../machine/machine.ts';
import { definition, Fixture, never } from '../testing/fixture.ts';
import { seeded } from '../../../testing/seeded.ts';

/** Reads of a path that are to fail, and how often. */
const faults = vi.hoisted(() => ({ fails: undefined as ((path: string) => string | undefined) | undefined, seen: [] as string[] }));

vi.mock(import('node:fs/promises'), async (original) => {
  const actual = await original();
  const faulty = <T extends (...args: never[]) => unknown>(call: T): T =>
    ((...args: Parameters<T>) => {
      const path = String(args[0]);
      faults.seen.push(path);
      const code = faults.fails?.(path);
      return code === undefined ? call(...args) : Promise.reject(Object.assign(new Error(`${code}: as told, '${path}'`), { code }));
    }) as T;
  return {
    ...actual,
    readFile: faulty(actual.readFile),
    readdir: faulty(actual.readdir),
    open: faulty(actual.open),
    stat: faulty(actual.stat),
    readlink: faulty(actual.readlink),
    realpath: faulty(actual.realpath),
  };
});

afterEach(() => {
  faults.fails = undefined;
});

/** A machine that runs while no host has it open. */
const runningAlone = async (fixture: Fixture, body: string) => {
  const machines = await fixture.open();
  const { machine } = await machines.define(definition('keeper', body));
  await machine.act('start', never);
  const qemu = machine.run?.process ?? { pid: 0, startTime: 0 };
  await machines.close();
  return { machine, qemu, record: await readFile(machine.paths.record, 'utf8') };
};

/** Opens the machines, looks at this one, and lets go of it. */
const look = async <T>(fixture: Fixture, check: (machine: Machine) => T): Promise<Awaited<T>> => {
  const machines = await fixture.open();
  try {
    return await check(machines.find('keeper'));
  } finally {
    await machines.close();
  }
};

describe('a running machine', () => {
  it('is kept whatever a record of another version says, and controlled', async () => {
    await using fixture = await Fixture.make();
    const { machine, qemu, record } = await runningAlone(fixture, '<pty/>');
    const good = JSON.parse(record) as Record<string, unknown>;
    const { boot: _boot, computer: _computer, rebootAskedAt: _asked, ...first } = good;
    const without = (name: string) => Object.fromEntries(Object.entries(good).filter(([one]) => one !== name));
    const texts: Record<string, string> = {
      'version 1': JSON.stringify({ ...first, version: 1 }),
      newer: JSON.stringify({ ...good, version: 9, state: { state: 'saving', reason: 'x' }, phase: 'moving', extra: { a: 1 } }),
      'newer, starting': JSON.stringify({ ...good, version: 9, phase: 'starting' }),
      'newer, other fields': JSON.stringify({ version: 9, uuid: good['uuid'], process: good['qemu'] }),
      empty: '',
      half: record.slice(0, record.length / 2),
      'another’s uuid': JSON.stringify({ ...good, uuid: 'no uuid' }),
      'a wrong process': JSON.stringify({ ...good, qemu: { pid: process.pid, startTime: 1 } }),
      'no monitor there': JSON.stringify({ ...good, monitor: '/nowhere/qmp.sock' }),
      'no live XML': JSON.stringify({ ...good, liveXml: '<domain' }),
      'a bad definition': JSON.stringify({ ...good, definition: '<domain' }),
      ...Object.fromEntries(
        ['id', 'name', 'qemu', 'images', 'consoles', 'phase', 'startPaused'].map((name) => [`no ${name}`, JSON.stringify(without(name))]),
      ),
    };
    for (const [what, text] of Object.entries(texts)) {
      await writeFile(machine.paths.record, text);
      const found = await look(fixture, async (one) => {
        const summary = one.summary();
        if (what === 'newer') await one.act('suspend', never);
        if (what === 'half') await one.act('resume', never);
        return summary;
      });
      expect(found, what).toMatchObject({ pid: qemu.pid, state: expect.stringMatching(/running|paused/) as string, name: 'keeper' });
      if (what === 'newer') {
        const kept = JSON.parse(await readFile(machine.paths.record, 'utf8')) as object;
        expect(kept).toMatchObject({ version: 9, phase: 'moving', extra: { a: 1 }, state: { state: 'paused', reason: 'user' } });
      }
      await writeFile(machine.paths.record, record);
    }
    expect(await isProcessAlive(qemu)).toBe(true);
    const live = await look(fixture, (one) => one.run?.record.liveXml);
    expect(live).toMatch(/<source path='\/dev\/pts\/\d+'\/>/);
  });

  it('has its record made again from its process and its definition, the terminal too', async () => {
    await using fixture = await Fixture.make();
    const image = await fixture.image();
    const { machine, qemu } = await runningAlone(fixture, `<pty/><image>${image}</image>`);
    await rm(machine.paths.record);
    const found = await look(fixture, (one) => ({ ...one.summary(), record: one.run?.record }));
    expect(found).toMatchObject({ pid: qemu.pid, id: 1, state: 'running', record: { images: [{ path: image }], phase: 'running' } });
    expect(found.record?.liveXml).toMatch(/<source path='\/dev\/pts\/\d+'\/>/);
    expect(Math.abs((found.startedAt ?? 0) - Date.now())).toBeLessThan(600_000);
    const again = JSON.parse(await readFile(machine.paths.record, 'utf8')) as object;
    expect(again).toMatchObject({ qemu, phase: 'running', images: [{ path: image }] });
  });

  it('survives each flipped bit of its record', async () => {
    await using fixture = await Fixture.make();
    const { machine, qemu, record } = await runningAlone(fixture, '<pty/>');
    const random = seeded('flipped bits of a live record');
    for (let flip = 0; flip < 60; flip++) {
      const bytes = Buffer.from(record);
      const [place, bit] = [random.integer(bytes.length), random.integer(8)];
      bytes[place] = (bytes[place] ?? 0) ^ (1 << bit);
      await writeFile(machine.paths.record, bytes);
      const where = `bit ${bit} of byte ${place}: …${bytes.subarray(Math.max(0, place - 20), place + 20).toString('latin1')}… (seed ${random.seed})`;
      const found = await look(fixture, (one) => one.summary());
      expect(found, where).toMatchObject({ pid: qemu.pid, state: 'running' });
      expect(await isProcessAlive(qemu), where).toBe(true);
    }
  });

  it('is left alone, and its record too, while that can’t be read; it is controlled all the same', async () => {
    await using fixture = await Fixture.make();
    const { machine, qemu, record } = await runningAlone(fixture, '');
    faults.fails = (path) => (path === machine.paths.record ? 'EIO' : undefined);
    const machines = await fixture.open();
    const found = machines.find('keeper');
    expect(found.summary()).toMatchObject({ pid: qemu.pid, state: 'running' });
    await found.act('suspend', never);
    await machines.close();
    faults.fails = undefined;
    expect(await readFile(machine.paths.record, 'utf8')).toBe(record);
    const again = await fixture.open();
    expect(again.find('keeper').state).toMatchObject({ state: 'paused' });
    await again.find('keeper').act('destroy', never);
    expect(await readdir(fixture.directories.sockets)).toEqual(['autostarted']);
  });

  it('is found though any one read fails once for want of descriptors or memory', async () => {
    await using fixture = await Fixture.make();
    const { machine, qemu } = await runningAlone(fixture, '<pty/>');
    faults.seen.length = 0;
    await look(fixture, () => undefined);
    const own = (path: string) =>
      path.startsWith(fixture.root) || path.startsWith(`/proc/${qemu.pid}/`) || ['/proc', '/proc/uptime'].includes(path);
    const paths = [...new Set(faults.seen.filter(own))].filter((path) => !path.includes('.tmp-'));
    expect(paths).toContain(machine.paths.record);
    const random = seeded('reads that fail once');
    for (const path of paths) {
      const code = random.one(['EMFILE', 'ENFILE', 'ENOMEM', 'EIO']);
      let failed = 0;
      faults.fails = (asked) => (asked === path && (failed += 1) === 1 ? code : undefined);
      const what = `${code} at ${path} (seed ${random.seed})`;
      const opened = await fixture.open().catch((error: unknown) => String(error));
      // An opening may be refused. What runs isn't touched by it.
      if (typeof opened !== 'string') {
        expect(opened.find('keeper').summary(), what).toMatchObject({ pid: qemu.pid, state: 'running' });
        await opened.close();
      }
      expect(await isProcessAlive(qemu), what).toBe(true);
    }
  });
});

describe('a machine that is off', () => {
  it('isn’t started over a record that can’t be read, and starts when it can', async () => {
    await using fixture = await Fixture.make();
    const { machine, qemu } = await runningAlone(fixture, '');
    process.kill(qemu.pid, 'SIGKILL');
    await expect.poll(() => isProcessAlive(qemu), { timeout: 60_000 }).toBe(false);
    const before = await readFile(machine.paths.record, 'utf8');
    faults.fails = (path) => (path === machine.paths.record ? 'EACCES' : undefined);
    const machines = await fixture.open();
    expect(machines.find('keeper').summary()).toMatchObject({ state: 'unknown', lastError: { code: 'io' } });
    await expect(machines.find('keeper').act('start', never)).rejects.toMatchObject({ code: 'io' });
    faults.fails = undefined;
    expect(await readFile(machine.paths.record, 'utf8')).toBe(before);
    await machines.find('keeper').act('start', never);
    expect(machines.find('keeper').state.state).toBe('running');
  });

  it('is claimed nothing of when the computer was started anew, and its leftovers go', async () => {
    await using fixture = await Fixture.make();
    const { machine, qemu, record } = await runningAlone(fixture, '');
    process.kill(qemu.pid, 'SIGKILL');
    await expect.poll(() => isProcessAlive(qemu), { timeout: 60_000 }).toBe(false);
    await writeFile(machine.paths.record, JSON.stringify({ ...(JSON.parse(record) as object), boot: 'an earlier one' }));
    expect(await look(fixture, (one) => one.summary())).toMatchObject({ state: 'shut off', reason: 'unknown', id: null });
    expect(await readdir(fixture.directories.sockets)).toEqual(['autostarted']);
  });

  it('is left alone where another computer of the same state directory runs it', async () => {
    await using fixture = await Fixture.make();
    const { machine, qemu, record } = await runningAlone(fixture, '');
    process.kill(qemu.pid, 'SIGKILL');
    await expect.poll(() => isProcessAlive(qemu), { timeout: 60_000 }).toBe(false);
    const elsewhere = JSON.stringify({ ...(JSON.parse(record) as object), boot: 'its own', computer: 'another' });
    await writeFile(machine.paths.record, elsewhere);
    await look(fixture, async (one) => {
      expect(one.summary()).toMatchObject({ state: 'unknown', id: null });
      await expect(one.act('start', never)).rejects.toMatchObject({ code: 'wrong-state' });
    });
    expect(await readFile(machine.paths.record, 'utf8')).toBe(elsewhere);
  });
});
