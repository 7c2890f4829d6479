import { chmod, mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { preparePaths, programRoot, resolvePaths } from './paths.ts';

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

  it('refuses a directory of sockets that others can enter, or that is a link', async () => {
    const paths = own();
    await mkdir(paths.sockets, { recursive: true });
    await chmod(paths.sockets, 0o777);
    await expect(preparePaths(paths)).rejects.toMatchObject({
      code: 'io',
      data: { next: expect.stringContaining('chmod 0700') as string },
    });
    await rm(paths.sockets, { recursive: true });
    await mkdir(path.join(home, 'elsewhere'), { mode: 0o700 });
    await symlink(path.join(home, 'elsewhere'), paths.sockets);
    await expect(preparePaths(paths)).rejects.toMatchObject({ code: 'io' });
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
