import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareEnvironment } from '../testing/bare-environment.ts';

const program = path.join(import.meta.dirname, 'main.ts');
let home: string;
let environment: NodeJS.ProcessEnv;
let host: ChildProcess;

async function tapestry(...args: string[]): Promise<{ status: unknown; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [program, ...args], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const result = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (result.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (result.stderr += data.toString()));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, ...result };
}

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'tap-con-'));
  environment = bareEnvironment(home);
  await mkdir(path.join(home, 'page'));
  await writeFile(path.join(home, 'page/index.html'), '<title>the window</title>');
  host = spawn(
    process.execPath,
    [program, 'serve', '--no-open', '--port', '0', '--page', path.join(home, 'page'), '--connect', 'test:///default?latency=1'],
    { env: environment, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (host.stdout === null) throw new Error('no stdout');
  await once(createInterface({ input: host.stdout }), 'line');
});
afterAll(async () => {
  const ended = once(host, 'exit');
  host.kill('SIGTERM');
  await ended;
  await rm(home, { recursive: true, force: true });
});

describe('a host that is connected to the test host, too', () => {
  it('shows the machines of the connection that is named, by URI or id, and its own where none is', async () => {
    for (const connect of [['-c', 'test:///default'], ['--connect', 'test'], ['--connect=test:///default?latency=1']])
      expect(await tapestry(...connect, 'list', '--name')).toEqual({ status: 0, stdout: 'debian-12\nweb-1\ndatabase\n\n', stderr: '' });
    expect(await tapestry('list', '--all', '--name')).toEqual({ status: 0, stdout: '\n', stderr: '' });
  });

  it('keeps machines of one UUID apart', async () => {
    const { stdout: xml } = await tapestry('-c', 'test', 'dumpxml', 'router-lab');
    const copy = path.join(home, 'copy.xml');
    await writeFile(copy, xml);
    expect((await tapestry('define', copy)).status).toBe(0);
    expect((await tapestry('-c', 'test', 'start', 'router-lab')).status).toBe(0);
    expect((await tapestry('-c', 'test', 'domstate', 'router-lab')).stdout).toBe('running\n\n');
    expect((await tapestry('domstate', 'router-lab')).stdout).toBe('shut off\n\n');
  });

  it('says in its connection’s words what can’t be done there', async () => {
    expect(await tapestry('-c', 'test', 'reset', 'web-1')).toEqual({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('The test hypervisor can’t reset a machine.') as string,
    });
    expect((await tapestry('-c', 'test', 'iface-list')).stderr).toContain('The test connection has no networks of its own.');
    expect((await tapestry('-c', 'test', 'start', 'win11')).stderr).toContain('The test host has no TAPs');
  });

  it('says when a connection is away, and that one isn’t known', async () => {
    await tapestry('-c', 'test', 'qemu-monitor-command', 'web-1', '{"execute":"drop-connection"}');
    expect((await tapestry('-c', 'test', 'list')).stderr).toContain('Test is not connected.');
    expect((await tapestry('-c', 'nowhere:///', 'list')).stderr).toContain(
      'error: failed to connect to the hypervisor\nerror: no connection driver available for nowhere:///\n',
    );
    expect((await tapestry('-c')).stderr).toContain("option 'c' requires an argument");
  });
});

it('is asked in the command itself where no host runs', async () => {
  const before = environment;
  const alone = path.join(home, 'alone');
  await mkdir(alone);
  environment = bareEnvironment(alone);
  try {
    expect((await tapestry('-c', 'test:///default', 'list', '--name')).stdout).toBe('debian-12\nweb-1\ndatabase\n\n');
  } finally {
    environment = before;
  }
});
