import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { preparePaths, programRoot, resolvePaths } from './paths.ts';
import { judgeDirectory } from './private-directory.ts';

const input = { env: {}, uid: 1000, home: '/home/user', exists: () => true };

describe('resolvePaths', () => {
  it('takes the defaults of the XDG specification', () => {
    expect(resolvePaths(input)).toEqual({
      config: '/home/user/.config/tapestry',
      machines: '/home/user/.config/tapestry/machines',
      sockets: '/home/user/.local/state/tapestry/run',
      runtime: '/run/user/1000/tapestry',
      formerSockets: ['/run/user/1000/tapestry', '/tmp/tapestry-runtime-1000/tapestry'],
      state: '/home/user/.local/state/tapestry',
      logs: '/home/user/.local/state/tapestry/logs',
      recordings: '/home/user/.local/state/tapestry/recordings',
      images: '/home/user/.local/share/tapestry/images',
      cache: '/home/user/.cache/tapestry',
      hostSocket: '/run/user/1000/tapestry/host.sock',
    });
  });

  it('takes each XDG variable, but no relative one', () => {
    const env = { XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s', XDG_DATA_HOME: '/d', XDG_CACHE_HOME: 'relative', XDG_RUNTIME_DIR: '/r' };
    const paths = resolvePaths({ ...input, env });
    expect([paths.machines, paths.logs, paths.images, paths.cache, paths.hostSocket]).toEqual([
      '/c/tapestry/machines',
      '/s/tapestry/logs',
      '/d/tapestry/images',
      '/home/user/.cache/tapestry',
      '/r/tapestry/host.sock',
    ]);
  });

  it('keeps what runs where neither a logout nor another environment takes it away', () => {
    const of = (value: string) => resolvePaths({ ...input, env: { XDG_RUNTIME_DIR: value } });
    expect(of('/run/user/1000').sockets).toBe(of('/somewhere/else').sockets);
    expect(resolvePaths({ ...input, env: { XDG_STATE_HOME: '/s' } }).sockets).not.toBe(resolvePaths(input).sockets);
  });

  it('takes /run for root and a directory of the user’s own where no login made one', () => {
    expect(resolvePaths({ ...input, uid: 0, home: '/root' }).runtime).toBe('/run/tapestry');
    expect(resolvePaths({ ...input, exists: () => false }).runtime).toBe('/tmp/tapestry-runtime-1000/tapestry');
  });

  it('knows where earlier versions kept it', () => {
    expect(resolvePaths({ ...input, env: { XDG_RUNTIME_DIR: '/r' } }).formerSockets).toEqual([
      '/r/tapestry',
      '/run/user/1000/tapestry',
      '/tmp/tapestry-runtime-1000/tapestry',
    ]);
    expect(resolvePaths({ ...input, uid: 0, home: '/root' }).formerSockets).toContain('/run/tapestry');
  });

  it('keeps sockets short where the state directory is long, and apart for different ones', () => {
    const long = (name: string) => resolvePaths({ ...input, env: { XDG_STATE_HOME: `/${'x'.repeat(80)}/${name}` } });
    expect(long('a').state).toContain('xxx');
    expect(long('a').sockets).toMatch(/^\/tmp\/tapestry-1000-[0-9a-f]{12}$/);
    expect(long('a').sockets).not.toBe(long('b').sockets);
    for (const paths of [long('a'), resolvePaths(input), resolvePaths({ ...input, env: { XDG_STATE_HOME: `/${'y'.repeat(43)}` } })]) {
      const socket = `${paths.sockets}/7a1f8c1e-54d0-4e0c-9a57-0c5a3b5d1e01/123456789012`;
      expect(Buffer.byteLength(socket)).toBeLessThanOrEqual(107);
    }
  });
});

describe('preparePaths', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'tap-paths-'));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));
  const own = () => resolvePaths({ env: { XDG_RUNTIME_DIR: path.join(home, 'run') }, uid: 1000, home, exists: () => false });

  it('makes what a host needs, closed to others', async () => {
    const paths = own();
    await preparePaths(paths);
    await preparePaths(paths);
    for (const directory of [paths.machines, paths.sockets, paths.state, paths.logs, paths.recordings, paths.cache]) {
      expect((await stat(directory)).mode & 0o777).toBe(0o700);
    }
  });

  it.for([0o000, 0o002, 0o027, 0o077])('makes them closed under umask %o as well', async (umask) => {
    const paths = own();
    // A umask belongs to the whole process.
    const script = `import { preparePaths } from ${JSON.stringify(path.join(import.meta.dirname, 'paths.ts'))};
      process.umask(${umask});
      await preparePaths(JSON.parse(process.argv[1]));`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script, JSON.stringify(paths)], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    for (const directory of [
      paths.config,
      paths.machines,
      paths.runtime,
      paths.state,
      paths.logs,
      paths.recordings,
      paths.cache,
      paths.sockets,
    ])
      expect((await stat(directory)).mode & 0o7777).toBe(0o700);
  });

  it.for(['config', 'machines', 'runtime', 'state', 'logs', 'recordings', 'cache', 'sockets'] as const)(
    'closes the %s directory that others could look into, and refuses it when they could write to it',
    async (which) => {
      const paths = own();
      await mkdir(paths[which], { recursive: true });
      await chmod(paths[which], 0o755);
      await preparePaths(paths);
      expect((await stat(paths[which])).mode & 0o777).toBe(0o700);
      for (const mode of [0o777, 0o770, 0o702]) {
        await chmod(paths[which], mode);
        await expect(preparePaths(paths)).rejects.toMatchObject({
          code: 'io',
          message: expect.stringContaining(paths[which]) as string,
          data: { next: expect.stringContaining(`chmod 0700 ${paths[which]}`) as string },
        });
      }
    },
  );

  it('refuses a runtime directory that is a link, and follows the links of a home to what is as closed', async () => {
    const paths = own();
    const elsewhere = path.join(home, 'elsewhere');
    await mkdir(elsewhere, { mode: 0o700 });
    await mkdir(path.dirname(paths.runtime), { recursive: true });
    await symlink(elsewhere, paths.runtime);
    await expect(preparePaths(paths)).rejects.toMatchObject({ code: 'io', data: { detail: expect.stringContaining('link') as string } });
    await rm(paths.runtime);
    await rm(paths.config, { recursive: true });
    await symlink(elsewhere, paths.config);
    await preparePaths(paths);
    await chmod(elsewhere, 0o777);
    await expect(preparePaths(paths)).rejects.toMatchObject({ code: 'io' });
  });

  it.for(['config', 'state', 'cache', 'runtime', 'sockets'] as const)(
    'names a %s directory that is a file, or a link to nothing',
    async (which) => {
      const paths = own();
      await mkdir(path.dirname(paths[which]), { recursive: true });
      await writeFile(paths[which], '');
      const named = { code: 'io', message: expect.stringContaining(paths[which]) as string, data: { next: expect.any(String) as string } };
      await expect(preparePaths(paths)).rejects.toMatchObject(named);
      await rm(paths[which]);
      await symlink(path.join(home, 'nowhere/at/all'), paths[which]);
      await expect(preparePaths(paths)).rejects.toMatchObject(named);
    },
  );
});

describe('judgeDirectory', () => {
  const directory = (mode: number, uid = 1000, is = true) => ({ mode, uid, isDirectory: () => is });
  it.for([
    [directory(0o700), undefined],
    [directory(0o500), undefined],
    [directory(0o711), 'readable by others'],
    [directory(0o750), 'readable by others'],
    [directory(0o720), 'writable by others'],
    [directory(0o1777), 'writable by others'],
    [directory(0o700, 1001), 'not yours'],
    [directory(0o700, 0), 'not yours'],
    [directory(0o700, 1000, false), 'no directory'],
  ] as const)('%o: %s', ([found, fault]) => {
    expect(judgeDirectory(found, 1000)).toBe(fault);
  });
});

describe('programRoot', () => {
  it('is the folder of our package.json, from any depth', () => {
    const root = programRoot();
    expect(programRoot(path.join(root, 'electron/qemu/command-line'))).toBe(root);
  });

  it('says so when there is none', () => {
    expect(() => programRoot('/proc/self')).toThrow(expect.objectContaining({ code: 'host-missing' }));
  });
});
