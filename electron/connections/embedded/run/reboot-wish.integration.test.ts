import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Machine } from '../machine/machine.ts';
import { definition, Fixture, never } from '../testing/fixture.ts';

const generous = { timeout: 60_000, interval: 20 };

/** What the guest has printed: one `B` for each time it booted. */
const printed = (machine: Machine) => readFile(`${machine.paths.recordings}/serial0.00000000000000000000.log`, 'latin1').catch(() => '');

/** A guest that doesn't heed its power button, and was asked to reboot. */
const asked = async (fixture: Fixture) => {
  const machines = await fixture.open();
  const { machine } = await machines.define(definition('a', `<pty/><image>${await fixture.image('deaf.img', false)}</image>`));
  await machine.act('start', never);
  await expect.poll(() => printed(machine), generous).toContain('B');
  await machine.act('reboot', never);
  expect(machine.run?.rebootWanted).toBe(true);
  const tty = /<source path='([^']+)'/.exec(machine.run?.record.liveXml ?? '')?.[1] ?? '';
  return { machines, machine, powerOff: () => writeFile(tty, 's') };
};

describe('a reboot that the guest did not heed', () => {
  it('is forgotten when it is reset: a power-off is one again', async () => {
    await using fixture = await Fixture.make();
    const { machine, powerOff } = await asked(fixture);
    const before = (await printed(machine)).length;
    await machine.act('reset', never);
    await expect.poll(async () => (await printed(machine)).length, generous).toBeGreaterThan(before);
    expect(machine.run?.rebootWanted).toBe(false);
    await powerOff();
    await expect.poll(() => machine.state, generous).toEqual({ state: 'shut off', reason: 'shutdown' });
  });

  it('is forgotten when it is asked to shut down instead', async () => {
    await using fixture = await Fixture.make();
    const { machine, powerOff } = await asked(fixture);
    await machine.act('shutdown', never);
    await powerOff();
    await expect.poll(() => machine.state, generous).toEqual({ state: 'shut off', reason: 'shutdown' });
  });

  it('is remembered over pause, resume and another host, and fulfilled once', async () => {
    await using fixture = await Fixture.make();
    const { machines, machine, powerOff } = await asked(fixture);
    await machine.act('suspend', never);
    await machine.act('resume', never);
    await machines.close();
    const next = (await fixture.open()).find('a');
    expect(next.run?.rebootWanted).toBe(true);
    const before = (await printed(next)).length;
    await powerOff();
    await expect.poll(async () => (await printed(next)).length, generous).toBeGreaterThan(before);
    expect(next.run?.rebootWanted).toBe(false);
    await powerOff();
    await expect.poll(() => next.state, generous).toEqual({ state: 'shut off', reason: 'shutdown' });
  });

  it('is too old after a while, here and in QEMU', async () => {
    await using fixture = await Fixture.make();
    const { machines, machine, powerOff } = await asked(fixture);
    await machines.close();
    const record = JSON.parse(await readFile(machine.paths.record, 'utf8')) as { rebootAskedAt: number };
    await writeFile(machine.paths.record, JSON.stringify({ ...record, rebootAskedAt: record.rebootAskedAt - 20 * 60_000 }));
    const next = (await fixture.open()).find('a');
    await expect.poll(() => next.run?.record.rebootAskedAt, generous).toBeNull();
    await powerOff();
    await expect.poll(() => next.state, generous).toEqual({ state: 'shut off', reason: 'shutdown' });
  });
});
