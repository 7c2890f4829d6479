import { chmod, readdir, symlink, writeFile } from 'node:fs/promises';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Machine } from '../machine/machine.ts';
import type { Machines } from '../machines/machines.ts';
import type { Backend } from '../ports/ports.ts';
import { definition, Fixture, never } from '../testing/fixture.ts';
import { simpleBackend } from '../testing/simple-backend.ts';
import { TapestryError } from '../../../../shared/errors.ts';

const define = async (machines: Machines, name: string, body: string): Promise<Machine> =>
  (await machines.define(definition(name, body))).machine;

/** A start that must fail, and leave nothing. */
const failing = async (fixture: Fixture, machine: Machine): Promise<TapestryError> => {
  const error: unknown = await machine.act('start', never).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TapestryError)) throw new Error(`expected a TapestryError, got ${String(error)}`);
  expect(machine.summary()).toMatchObject({ state: 'shut off', reason: 'failed', id: null, lastError: { code: error.code } });
  expect(machine.summary().transition).toBeUndefined();
  expect(error.data.next).toBeTruthy();
  await expect.poll(() => fixture.processes(), { timeout: 20_000 }).toEqual([]);
  expect(await readdir(fixture.directories.sockets)).toEqual(['autostarted']);
  return error;
};

/** A program in the place of QEMU. By its name Node takes it for CommonJS, whatever a package.json above the temporary directory says. */
const impostor = async (fixture: Fixture, script: string): Promise<string> => {
  const path = join(fixture.root, 'qemu-impostor.cjs');
  await writeFile(path, script);
  await chmod(path, 0o700);
  return path;
};

describe('a start that fails', () => {
  it('shows QEMU’s own words when it refuses an option', async () => {
    await using fixture = await Fixture.make();
    const machine = await define(await fixture.open(), 'a', '<arg>-device</arg><arg>nonsense</arg>');
    const error = await failing(fixture, machine);
    expect(error).toMatchObject({
      code: 'start-failed',
      data: { detail: expect.stringContaining("'nonsense' is not a valid device model name") as string },
    });
  });

  it('takes away the shared memory that QEMU made, and not what was there before', async () => {
    await using fixture = await Fixture.make();
    const [made, found] = [join(fixture.root, 'made'), join(fixture.root, 'found')];
    await writeFile(found, 'x'.repeat(1 << 20));
    const machines = await fixture.open({
      prepare: async (xml, paths) => {
        const prepared = await simpleBackend().prepare(xml, paths);
        return { ...prepared, plan: { ...prepared.plan, sharedMemory: [made, found] } };
      },
    });
    const memory = (id: string, file: string) =>
      `<arg>-object</arg><arg>memory-backend-file,id=${id},mem-path=${file},size=1M,share=on</arg>`;
    const body = `${memory('a', made)}${memory('b', found)}`;
    await failing(fixture, await define(machines, 'a', `${body}<arg>-device</arg><arg>nonsense</arg>`));
    expect(await readdir(fixture.root)).not.toContain('made');
    expect(await readdir(fixture.root)).toContain('found');
    // It is QEMU that makes it, and leaves it.
    const machine = await define(machines, 'b', body);
    await machine.act('start', never);
    await machine.act('destroy', never);
    expect(await readdir(fixture.root)).toContain('made');
  });

  it('notices QEMU’s end after its sockets appeared', async () => {
    await using fixture = await Fixture.make();
    // Fails when the machine is complete, long after the chardevs were made.
    const machine = await define(
      await fixture.open(),
      'a',
      '<arg>-global</arg><arg>isa-fdc.driveA=nothing</arg><arg>-device</arg><arg>isa-serial,chardev=missing</arg>',
    );
    await expect(failing(fixture, machine)).resolves.toMatchObject({ code: 'start-failed' });
  });

  it('names the processor where KVM refuses it after the sockets appeared', async (context) => {
    await using fixture = await Fixture.make();
    const xml = definition('a', '<arg>-cpu</arg><arg>host</arg>').replace("type='qemu'", "type='kvm'");
    const { machine } = await (await fixture.open()).define(xml);
    const outcome = await machine.act('start', never).then(
      () => 'started',
      (error: unknown) => error,
    );
    if (outcome === 'started') context.skip('KVM takes -cpu host on this computer');
    if (outcome instanceof TapestryError && outcome.code === 'kvm-unavailable')
      context.skip(`KVM can't be used on this computer: ${outcome.message}`);
    expect(outcome).toMatchObject({
      code: 'start-failed',
      data: { path: '/domain/cpu', detail: expect.stringContaining('MSR') as string },
    });
    await expect.poll(() => fixture.processes(), { timeout: 20_000 }).toEqual([]);
  });

  it('refuses kvm with the reason and a button for emulation', async () => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open({ kvm: () => Promise.resolve({ usable: 'no', message: '/dev/kvm is not there.' }) });
    const { machine } = await machines.define(definition('a').replace("type='qemu'", "type='kvm'"));
    const error = await failing(fixture, machine);
    expect(error).toMatchObject({ code: 'kvm-unavailable', data: { fixes: [{ kind: 'use-tcg' }] } });
    expect(error.message).toContain('/dev/kvm is not there.');
  });

  it.each([
    ['says nothing and ends', '#!/bin/sh\nexit 0\n', 'start-failed', 'said nothing'],
    ['complains and ends', '#!/bin/sh\necho "what is -machine?" >&2\nexit 2\n', 'start-failed', 'what is -machine?'],
    ['is killed', '#!/bin/sh\nkill -9 $$\n', 'start-failed', 'SIGKILL'],
  ])('tells of an emulator that %s', async (_what, script, code, words) => {
    await using fixture = await Fixture.make();
    const machine = await define(await fixture.open(), 'a', `<emulator>${await impostor(fixture, script)}</emulator>`);
    const error = await failing(fixture, machine);
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
  });

  it('tells of a missing emulator', async () => {
    await using fixture = await Fixture.make();
    const machine = await define(await fixture.open(), 'a', '<emulator>/nonexistent/qemu</emulator>');
    await expect(failing(fixture, machine)).resolves.toMatchObject({ code: 'qemu-missing' });
  });

  it('ends a program that makes the monitor’s socket and talks garbage on it', async () => {
    await using fixture = await Fixture.make();
    const script = `#!${process.execPath}
const path = process.argv.join(' ').match(/path=([^,]+)/)[1];
require('node:net').createServer((socket) => socket.write('220 smtp ready\\r\\n')).listen(path);
`;
    const machine = await define(await fixture.open(), 'a', `<emulator>${await impostor(fixture, script)}</emulator>`);
    await expect(failing(fixture, machine)).resolves.toMatchObject({ code: 'qmp-protocol' });
  });

  it('can be cancelled by forcing the machine off while its emulator stays silent', async () => {
    await using fixture = await Fixture.make();
    const machine = await define(
      await fixture.open(),
      'a',
      `<emulator>${await impostor(fixture, `#!${process.execPath}\nsetInterval(() => undefined, 60_000);\n`)}</emulator>`,
    );
    const starting = machine.act('start', never);
    const outcome = starting.catch((error: unknown) => error);
    await expect.poll(() => fixture.processes(), { timeout: 20_000 }).not.toEqual([]);
    expect(machine.summary().transition?.kind).toBe('starting');
    await machine.act('destroy', never);
    await expect(outcome).resolves.toMatchObject({ code: 'cancelled' });
    expect(machine.summary().state).toBe('shut off');
    await expect.poll(() => fixture.processes(), { timeout: 20_000 }).toEqual([]);
    expect(await readdir(fixture.directories.sockets)).toEqual(['autostarted']);
  });

  it('checks images before anything is made: missing, a directory, unreadable', async () => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    await expect(failing(fixture, await define(machines, 'a', '<image>/nonexistent/a.img</image>'))).resolves.toMatchObject({
      code: 'disk-missing',
      data: { path: '/domain/devices/disk' },
    });
    await expect(failing(fixture, await define(machines, 'b', `<image>${fixture.root}</image>`))).resolves.toMatchObject({
      code: 'disk-unreadable',
    });
    await expect(failing(fixture, await define(machines, 'c', '<image>/proc/self/mem/x</image>'))).resolves.toMatchObject({
      code: 'disk-missing',
    });
  });

  it('refuses an image that may not be opened', async (context) => {
    await using fixture = await Fixture.make();
    const image = await fixture.image();
    await chmod(image, 0o000);
    if (process.getuid?.() !== 0) {
      await expect(failing(fixture, await define(await fixture.open(), 'a', `<image>${image}</image>`))).resolves.toMatchObject({
        code: 'disk-unreadable',
      });
      return;
    }
    // Root may open every file: let an ordinary user look at it.
    await chmod(fixture.root, 0o755);
    const check = `
      const { checkImages } = await import(${JSON.stringify(new URL('../images/image-use.ts', import.meta.url).href)}).catch(() => { process.exit(9); });
      const image = { path: ${JSON.stringify(image)}, readOnly: true, shareable: false, element: '/e', format: 'raw' };
      await checkImages([image], []).catch((error) => console.log(error.code));`;
    const outcome = spawnSync(process.execPath, ['--input-type=module', '-e', check], {
      uid: 65534,
      gid: 65534,
      encoding: 'utf8',
      cwd: '/',
    });
    if (outcome.status === 9 || outcome.error !== undefined) context.skip("the checkout isn't readable for other users");
    expect(outcome.stdout.trim()).toBe('disk-unreadable');
  });

  it('refuses an image that another running machine of ours uses, under whatever path, and tells which', async () => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    const image = await fixture.image();
    await symlink(image, `${image}.link`);
    await (await define(machines, 'first', `<image>${image}</image>`)).act('start', never);
    const second = await define(machines, 'second', `<image>${image}.link</image>`);
    await expect(second.act('start', never)).rejects.toMatchObject({
      code: 'disk-in-use',
      message: expect.stringContaining('“first”') as string,
    });
    await machines.find('first').act('destroy', never);
    await second.act('start', never);
  });

  it('says that another process holds the image, from QEMU’s words', async () => {
    await using fixture = await Fixture.make();
    const image = await fixture.image();
    const other = spawn(
      'qemu-system-x86_64',
      [
        '-machine',
        'pc',
        '-accel',
        'tcg',
        '-nodefaults',
        '-display',
        'none',
        '-S',
        '-drive',
        `file=${image},format=raw,if=ide`,
        '-qmp',
        'stdio',
      ],
      {
        stdio: ['pipe', 'pipe', 'ignore'],
      },
    );
    const gone = once(other, 'exit');
    try {
      await once(other.stdout, 'data');
      const machine = await define(await fixture.open(), 'a', `<image>${image}</image>`);
      await expect(machine.act('start', never)).rejects.toMatchObject({
        code: 'disk-locked',
        message: expect.stringContaining(image) as string,
      });
    } finally {
      other.kill('SIGKILL');
      await gone;
    }
  });

  it('undoes everything when a later layer fails', async () => {
    await using fixture = await Fixture.make();
    const fails: Partial<Backend> = {
      startRecorder: () => Promise.reject(new TapestryError('io', 'The recorder said no.', { next: 'Try again.' })),
    };
    const machine = await define(await fixture.open(fails), 'a', '<pty/>');
    await expect(failing(fixture, machine)).resolves.toMatchObject({ code: 'io', message: 'The recorder said no.' });
  });
});
