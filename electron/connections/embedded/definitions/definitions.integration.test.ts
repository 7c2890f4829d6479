import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { machinePaths } from '../ports/machine-paths.ts';
import type { Machine } from '../machine/machine.ts';
import type { Machines } from '../machines/machines.ts';
import { definition, Fixture, never } from '../testing/fixture.ts';
import { noteUndefine } from '../undefine/undefine-intents.ts';

const generous = { timeout: 60_000, interval: 20 };
const uuid = '00000000-0000-4000-8000-000000000005';
const another = '00000000-0000-4000-8000-000000000006';

/** A machine named `web` that runs, and that nobody stores any more. */
const undefinedRunning = async (machines: Machines): Promise<Machine> => {
  const { machine } = await machines.define(definition('web', '', uuid));
  await machine.act('start', never);
  await machines.undefine('web');
  return machine;
};

describe('definitions of machines that run', () => {
  it('aren’t taken over by a copy with the same UUID, and the machine keeps its name', async () => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    const { machine } = await machines.define(definition('prod', '', uuid));
    await machine.act('start', never);
    const file = (name: string) => join(fixture.directories.machines, `${name}.xml`);
    await writeFile(file('lab'), definition('lab', '', uuid));
    await expect.poll(() => machines.broken().map(({ file: path }) => path), generous).toEqual([file('lab')]);
    expect(machines.find('prod')).toBe(machine);
    expect(machine.stored?.name).toBe('prod');
    expect(() => machines.find('lab')).toThrow('no machine');
    // Another name written into its own file: it is shown, found and ended under the one that it runs with.
    await writeFile(file('prod'), definition('changed', '', uuid));
    await expect.poll(() => machine.stored?.name, generous).toBe('changed');
    expect(machines.find('prod')).toBe(machine);
    expect(machine.summary().name).toBe('prod');
    await machines.find('prod').act('destroy', never);
    expect(machines.find('changed').summary()).toMatchObject({ name: 'changed', state: 'shut off' });
    expect(fixture.unexpected).toEqual([]);
  });

  it('that nobody stores keep their name and UUID until they are off', async () => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    const machine = await undefinedRunning(machines);
    await expect(machines.define(definition('web', '', another))).rejects.toMatchObject({ code: 'duplicate-name' });
    await expect(machines.define(definition('two', '', uuid))).rejects.toMatchObject({ code: 'duplicate-uuid' });
    await machines.define(definition('z', '', another));
    await expect(machines.rename('z', 'web')).rejects.toMatchObject({ code: 'duplicate-name' });
    // A file that a person copies in is told of, and taken when the machine is off.
    const copied = join(fixture.directories.machines, 'web.xml');
    await writeFile(copied, definition('web', '', '00000000-0000-4000-8000-000000000007'));
    await expect.poll(() => machines.broken().map(({ error }) => error.code), generous).toEqual(['duplicate-name']);
    expect(machines.all().map(({ name }) => name)).toEqual(['web', 'z']);
    await machine.act('destroy', never);
    await expect.poll(() => machines.all().map((one) => one.uuid), generous).toEqual([another, '00000000-0000-4000-8000-000000000007']);
    expect(machines.broken()).toEqual([]);
    expect(fixture.unexpected).toEqual([]);
  });

  it('can be defined again with the same name and UUID', async () => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    const machine = await undefinedRunning(machines);
    await expect(machines.define(definition('web', '<x/>', uuid))).resolves.toMatchObject({ created: true, machine });
    await machine.act('destroy', never);
    expect(machines.find('web').stored?.xml).toContain('<x/>');
  });
});

describe('an undefine that was killed', () => {
  const filesOf = async (fixture: Fixture) => {
    const paths = machinePaths(fixture.directories, uuid);
    await mkdir(paths.recordings, { recursive: true });
    await mkdir(paths.persistent, { recursive: true });
    await mkdir(dirname(paths.log), { recursive: true });
    await mkdir(join(paths.persistent, 'dumps'));
    await writeFile(join(paths.recordings, 'serial0.0.log'), 'secret');
    await writeFile(join(paths.persistent, 'a_VARS.fd'), 'variables');
    await writeFile(paths.log, 'words');
    return paths;
  };

  it('is finished by the next opening, as it was decided', async () => {
    await using fixture = await Fixture.make();
    for (const nvram of ['remove', 'keep'] as const) {
      const paths = await filesOf(fixture);
      await noteUndefine(fixture.directories, uuid, { nvram });
      await (await fixture.open()).close();
      expect([paths.log, paths.recordings].filter((path) => existsSync(path))).toEqual([]);
      expect((await readdir(paths.persistent)).toSorted()).toEqual(nvram === 'keep' ? ['a_VARS.fd', 'dumps'] : ['dumps']);
      expect(await readdir(join(fixture.directories.state, 'undefining'))).toEqual([]);
      await rm(paths.persistent, { recursive: true });
    }
    expect(fixture.unexpected).toEqual([]);
  });

  it('never happened while the machine is defined, and removes nothing where what was decided can’t be read', async () => {
    await using fixture = await Fixture.make();
    const paths = await filesOf(fixture);
    await noteUndefine(fixture.directories, uuid, { nvram: 'remove' });
    await mkdir(fixture.directories.machines, { recursive: true });
    await writeFile(join(fixture.directories.machines, 'a.xml'), definition('a', '', uuid));
    await (await fixture.open()).close();
    expect(await readFile(paths.log, 'utf8')).toBe('words');
    expect(await readdir(join(fixture.directories.state, 'undefining'))).toEqual([]);
    await rm(join(fixture.directories.machines, 'a.xml'));
    const file = join(fixture.directories.state, 'undefining', `${uuid}.json`);
    const newer = '{"version":2,"nvram":"remove","snapshots":"keep"}';
    // Notes of others are heeded all the same.
    const other = '00000000-0000-4000-8000-0000000000ff';
    for (const make of [
      async () => await writeFile(file, '{"nvram":"remo'),
      async () => await writeFile(file, newer),
      async () => await mkdir(file),
    ]) {
      await rm(file, { force: true });
      await make();
      await noteUndefine(fixture.directories, other, {});
      fixture.unexpected.length = 0;
      await (await fixture.open()).close();
      expect(await readFile(paths.log, 'utf8')).toBe('words');
      expect(await readdir(dirname(file))).toEqual([`${uuid}.json`]);
      expect(fixture.unexpected).toMatchObject([{ code: 'io', message: expect.stringContaining(file) as string }]);
    }
  });

  it('of a machine that runs is finished when that is off', async () => {
    await using fixture = await Fixture.make();
    const first = await fixture.open();
    const { machine } = await first.define(definition('a', '', uuid));
    const paths = await filesOf(fixture);
    await machine.act('start', never);
    await first.close();
    await noteUndefine(fixture.directories, uuid, { nvram: 'remove' });
    await rm(join(fixture.directories.machines, 'a.xml'));
    const second = await fixture.open();
    expect(second.find('a').summary()).toMatchObject({ state: 'running', persistent: false });
    await second.find('a').act('destroy', never);
    await expect.poll(() => existsSync(paths.recordings), generous).toBe(false);
    expect(existsSync(join(paths.persistent, 'a_VARS.fd'))).toBe(false);
    expect(fixture.unexpected).toEqual([]);
  });
});
