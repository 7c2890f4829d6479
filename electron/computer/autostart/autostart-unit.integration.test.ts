import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { called } from '../../testing/called.ts';
import type { Api } from '../../../shared/contract/index.ts';
import { hostConnections } from '../../runtime/host-connections.ts';
import { resolvePaths } from '../paths.ts';
import { openRuntime } from '../../runtime/runtime.ts';
import { AutostartUnit, type AutostartUnitOptions } from './autostart-unit.ts';
import { readUnit } from './testing/read-unit.ts';
import { unitName } from './unit-text.ts';

let home: string;
let directory: string;
let file: string;
let link: string;

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'tap-unit-'));
  directory = path.join(home, '.config/systemd/user');
  file = path.join(directory, unitName);
  link = path.join(directory, 'default.target.wants', unitName);
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

const unit = (more: Partial<AutostartUnitOptions> = {}) =>
  new AutostartUnit({
    directory,
    login: path.join(home, 'run'),
    environment: { XDG_STATE_HOME: path.join(home, '.local/state') },
    command: () => Promise.resolve(['/opt/tapestry/node', '/opt/tapestry/cli.js', 'start-marked']),
    user: 'u',
    root: home,
    ...more,
  });

/** A user manager that runs, and a systemctl that writes down how it is called. */
const systemctl = async (status = 0): Promise<{ searchPath: string; calls: () => Promise<string> }> => {
  await mkdir(path.join(home, 'run/systemd'), { recursive: true });
  await writeFile(path.join(home, 'run/systemd/private'), '');
  await mkdir(path.join(home, 'bin'));
  const calls = path.join(home, 'calls');
  await writeFile(calls, '');
  await writeFile(path.join(home, 'bin/systemctl'), `#!/bin/sh\necho "$XDG_RUNTIME_DIR $*" >> '${calls}'\nexit ${status}\n`, {
    mode: 0o700,
  });
  return { searchPath: path.join(home, 'bin'), calls: () => readFile(calls, 'utf8') };
};

describe('the user unit', () => {
  it('is there, enabled and told of while a machine is marked, and gone without a trace afterwards', async () => {
    const { searchPath, calls } = await systemctl();
    const one = unit({ searchPath });
    expect(await one.look()).toMatchObject({ unit: 'missing', enabled: false, systemd: false, lingering: false });
    await one.follow(true, true);
    expect(await one.look()).toMatchObject({ unit: 'current', enabled: true });
    expect(readUnit(await readFile(file, 'utf8')).get('ExecStart')).toEqual([
      ['/opt/tapestry/node', '/opt/tapestry/cli.js', 'start-marked'],
    ]);
    expect(path.resolve(path.dirname(link), await readlink(link))).toBe(file);
    const reload = `${path.join(home, 'run')} --user daemon-reload\n`;
    expect(await calls()).toBe(reload);
    await one.follow(true, true); // nothing to do, and nobody to tell
    expect(await calls()).toBe(reload);
    await one.follow(false, false);
    expect(await readdir(directory)).toEqual(['default.target.wants']);
    expect(await readdir(path.dirname(link))).toEqual([]);
    expect(await calls()).toBe(reload.repeat(2));
  });

  it('needs no systemd to be written, and survives one that fails', async () => {
    await unit().follow(true, true);
    expect(await unit().look()).toMatchObject({ unit: 'current', enabled: true });
    const { searchPath } = await systemctl(1);
    await expect(unit({ searchPath }).follow(false, false)).rejects.toMatchObject({
      code: 'io',
      data: { next: expect.stringContaining('daemon-reload') },
    });
    expect(await unit().look()).toMatchObject({ unit: 'missing', enabled: false });
  });

  it('knows lingering and systemd by their directories', async () => {
    await mkdir(path.join(home, 'run/systemd/system'), { recursive: true });
    await mkdir(path.join(home, 'var/lib/systemd/linger'), { recursive: true });
    expect(await unit().look()).toMatchObject({ systemd: true, lingering: false });
    await writeFile(path.join(home, 'var/lib/systemd/linger/u'), '');
    expect(await unit().look()).toMatchObject({ systemd: true, lingering: true });
  });

  it('follows Tapestry to another place, and leaves it disabled where the user did that', async () => {
    await unit().follow(true, true);
    await rm(link);
    const moved = unit({ command: () => Promise.resolve(['/srv/node', '/srv/cli.js', 'start-marked']) });
    expect(await moved.look()).toMatchObject({ unit: 'stale' });
    await moved.follow(true, false);
    expect(await moved.look()).toMatchObject({ unit: 'current', enabled: false });
    await moved.follow(true, true);
    expect(await moved.look()).toMatchObject({ unit: 'current', enabled: true });
  });

  it('writes nothing where no command line can be run', async () => {
    await unit({ command: () => Promise.resolve(undefined) }).follow(true, true);
    expect(await unit().look()).toMatchObject({ unit: 'missing' });
  });

  it('leaves alone what isn’t its own: a file, a mask, a directory, another link', async () => {
    const foreign: readonly (() => Promise<unknown>)[] = [
      () => writeFile(file, '[Service]\nExecStart=/bin/true\n'),
      () => symlink('/dev/null', file),
      () => mkdir(file),
    ];
    for (const make of foreign) {
      await mkdir(directory, { recursive: true });
      await make();
      const before = await readdir(directory);
      expect(await unit().look()).toMatchObject({ unit: 'foreign' });
      await expect(unit().follow(true, true)).rejects.toMatchObject({ code: 'conflict' });
      await unit().follow(false, false);
      expect(await readdir(directory)).toEqual(before);
      await rm(directory, { recursive: true });
    }
    await mkdir(path.dirname(link), { recursive: true });
    await symlink('/somewhere/else.service', link);
    await expect(unit().follow(true, true)).rejects.toMatchObject({ code: 'conflict' });
    await unit().follow(false, false);
    expect(await readlink(link)).toBe('/somewhere/else.service');
  });
});

describe('what the unit runs', () => {
  const run = (argv: readonly string[], env: NodeJS.ProcessEnv): Promise<{ status: number | null; out: string }> =>
    new Promise((resolve, reject) => {
      const [command = '', ...args] = argv;
      const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
      let out = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (out += data.toString()));
      child.once('error', reject);
      child.once('close', (status) => resolve({ status, out }));
    });

  it('starts the marked machines once per boot, by its very line, in the user manager’s bare environment', async () => {
    const base = { PATH: process.env['PATH'], HOME: home, XDG_RUNTIME_DIR: path.join(home, 'run') };
    const shell = { ...base, XDG_CONFIG_HOME: path.join(home, 'my config'), XDG_STATE_HOME: path.join(home, 's') };
    const paths = resolvePaths({ env: shell, uid: process.getuid?.() ?? 0, home, exists: () => false });
    const defects: unknown[] = [];
    const log = (error: unknown) => defects.push(error);
    /** Works as a command does that finds no owner. */
    const command = async <T>(work: (api: Api) => Promise<T>): Promise<T> => {
      const runtime = await openRuntime({ host: 'cli', connections: hostConnections({ host: 'cli', log }), paths, log });
      try {
        return await work(runtime.api);
      } finally {
        await runtime.close();
      }
    };
    const states = async (api: Api) =>
      (await api['machines.list']({ connection: 'embedded' })).map(({ name, state }) => `${name}: ${state}`);
    const definition = (name: string, disk = '') =>
      `<domain type='qemu'><name>${name}</name><memory unit='MiB'>32</memory><os><type arch='x86_64' machine='q35'>hvm</type></os><devices>${disk}</devices></domain>`;
    const missing = `<disk type='file' device='disk'><source file='${home}/none.img'/><target dev='vda' bus='virtio'/></disk>`;
    try {
      await command(async (api) => {
        for (const xml of [definition('broken', missing), definition('marked'), definition('other')])
          await api['machines.define']({ connection: 'embedded', xml });
        const { when } = await api['machines.autostart']({ machine: called('marked'), autostart: true });
        expect(when).toMatch(/^(window|login|boot)$/);
        expect((await api['host.facts']({ connection: 'embedded' })).autostartWhen).toBe(when);
        await api['machines.autostart']({ machine: called('broken'), autostart: true });
      });
      const settings = readUnit(await readFile(path.join(home, 'my config/systemd/user', unitName), 'utf8'));
      const [argv = []] = settings.get('ExecStart') ?? [];
      const environment = Object.fromEntries(
        (settings.get('Environment') ?? []).map(([word = '']) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
      );
      const asUnit = () => run(argv, { ...base, ...environment });

      const first = await asUnit();
      expect(first.status).toBe(1); // one failed: the journal has why
      expect(first.out).toContain("Domain 'marked' started");
      expect(first.out).toMatch(/Failed to start domain 'broken': .*none\.img/);
      await command(async (api) => {
        expect(await states(api)).toEqual(['broken: shut off', 'marked: running', 'other: shut off']);
        await api['machines.act']({ machine: called('marked'), action: 'destroy' });
      });
      expect(await asUnit()).toMatchObject({ status: 0, out: '\n' });
      await command(async (api) => {
        expect(await states(api)).toEqual(['broken: shut off', 'marked: shut off', 'other: shut off']);
        // The computer was started anew.
        await writeFile(path.join(paths.sockets, 'autostarted'), 'another boot');
        // A host that has the state open is asked, and starts each machine once however many ask.
        const [one, two] = await Promise.all([
          api['machines.startMarked']({ connection: 'embedded' }),
          api['machines.startMarked']({ connection: 'embedded' }),
        ]);
        expect(one.started.map(({ name, error }) => [name, error?.code])).toEqual([
          ['broken', 'disk-missing'],
          ['marked', undefined],
        ]);
        expect(two).toEqual(one);
        expect(await api['machines.startMarked']({ connection: 'embedded' })).toEqual({ started: [] });
        await api['machines.undefine']({ machine: called('marked'), destroy: true });
        await api['machines.autostart']({ machine: called('broken'), autostart: false });
      });
      expect(await readdir(path.join(home, 'my config/systemd/user'))).toEqual(['default.target.wants']);
      expect(defects).toEqual([]);
    } finally {
      await command(async (api) => {
        for (const { uuid, state } of await api['machines.list']({ connection: 'embedded' }))
          if (state !== 'shut off') await api['machines.act']({ machine: called(uuid), action: 'destroy' });
      });
    }
  });
});
