// The words and shapes of virsh, held against virsh itself where it is installed: its test driver needs neither QEMU nor a daemon.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tableOf } from '../connections/support-tables.ts';
import { testHost } from '../testing/test-host.ts';
import { resolvePaths } from '../computer/paths.ts';
import { openRuntime } from '../runtime/runtime.ts';
import { runProgram } from './program.ts';

interface Result {
  readonly status: number;
  /** What the last command printed. */
  readonly stdout: string;
  readonly stderr: string;
}

const run = promisify(execFile);
const locale = { PATH: process.env['PATH'], LC_ALL: 'C' };
const missing = await run('virsh', ['--version'], { env: locale }).then(
  // Its words change a little from release to release; libvirt 9.0 is the reference throughout.
  ({ stdout }) => (stdout.startsWith('9.0.') ? undefined : `virsh 9.0 is compared, and ${stdout.trim()} is installed here`),
  (error: unknown) => `virsh can’t be run here (${error instanceof Error ? error.message : String(error)})`,
);

/** Printed by virsh before the command that counts. */
const mark = 'now-it-counts';

let folder: string;
const nic = (more = '') =>
  `<interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/><target dev='lan0'/>${more}<model type='virtio'/></interface>`;
const machine = (name: string, uuid: string, devices = '', top = '') =>
  `<domain type='test'><name>${name}</name><uuid>${uuid}</uuid>${top}<memory unit='KiB'>262144</memory><vcpu>2</vcpu><os><type arch='i686'>hvm</type></os><devices>${devices}</devices></domain>`;
const files = {
  a: machine('a', '11111111-1111-4111-8111-111111111111', nic(), '<title>First one</title>'),
  long: machine('a-machine-with-a-long-name', '22222222-2222-4222-8222-222222222222'),
};

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tap-virsh-'));
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, `${name}.xml`), text);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Two machines that are off. */
const prepared = (): string[][] => [
  ['define', path.join(folder, 'a.xml')],
  ['define', path.join(folder, 'long.xml')],
];

/** All commands in one virsh, whose test driver forgets everything between two. Only the last one's words are kept. */
async function virsh(commands: readonly (readonly string[])[]): Promise<Result> {
  const own = [['destroy', 'test'], ['undefine', 'test'], ...prepared()];
  const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(' ');
  const before = [...own, ...commands.slice(0, -1)].map((words) => `${quoted(words)}; `).join('');
  const args = ['--connect', 'test:///default', `${before}echo ${mark}; ${quoted(commands.at(-1) ?? [])}`];
  const answer = await run('virsh', args, { env: locale }).catch(
    (error: unknown) => error as { code: number; stdout: string; stderr: string },
  );
  return {
    status: 'code' in answer ? answer.code : 0,
    stdout: answer.stdout.slice(answer.stdout.lastIndexOf(mark) + mark.length + 1),
    stderr: answer.stderr,
  };
}

/** The same by our program, on machines in memory. */
async function ours(commands: readonly (readonly string[])[]): Promise<Result> {
  const home = await mkdtemp(path.join(folder, 'h'));
  const log = (error: unknown): void => expect(error).toBeUndefined();
  const runtime = await openRuntime({
    host: 'cli',
    paths: resolvePaths({ env: { HOME: home, XDG_RUNTIME_DIR: home }, uid: process.getuid?.() ?? 0, home, exists: () => false }),
    // Whatever virsh's test driver does is asked of ours too.
    connections: testHost('test:///empty', 'test', tableOf()),
    log,
  });
  const tell = async (words: readonly string[]): Promise<Result> => {
    const result = { stdout: '', stderr: '' };
    const sink = (name: 'stdout' | 'stderr'): NodeJS.WriteStream =>
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          result[name] += chunk.toString();
          done();
        },
      }) as unknown as NodeJS.WriteStream;
    const context = {
      stdin: Readable.from([]) as unknown as NodeJS.ReadStream,
      stdout: sink('stdout'),
      stderr: sink('stderr'),
      runtime: () => Promise.resolve(runtime),
      api: () => Promise.resolve(runtime.api),
      connection: () => Promise.resolve('test'),
      exit: { status: 0 as const },
    };
    const status = await runProgram({ context, version: '0.0.0', log }, words);
    return { status, ...result };
  };
  try {
    for (const words of [...prepared(), ...commands.slice(0, -1)]) expect(await tell(words)).toMatchObject({ status: 0, stderr: '' });
    return await tell(commands.at(-1) ?? []);
  } finally {
    await runtime.close();
  }
}

/** Ids, times and reasons are each program's own; advice is ours alone; so is what stands on standard output when a command fails (virsh: an empty line). */
const comparable = ({ status, stdout, stderr }: Result) => ({
  status,
  stdout:
    status === 0
      ? stdout
          .replace(/^( )\d+( )/gm, '$1N$2')
          .replace(/^\d+$/gm, 'N')
          .replace(/^(\w+) \(.*\)$/gm, '$1 (reason)')
          .replace(/^(Id: *)\d+$/m, '$1N')
          .replace(/^CPU time: .*\n/m, '')
          .replace(/^(OS Type: *).*$/m, '$1T')
          .replace(/^(Security (?:model|DOI):).*\n/gm, '')
          .replace(/^Security label:.*\n/m, '')
      : '',
  stderr: stderr.replace(/^(?:hint:|  ).*\n/gm, ''),
});

const a = ['start', 'a'];
const bridge = ['attach-interface', 'a', 'bridge', 'br0'];

/** Commands of which the last one's words are compared. */
const succeeding: readonly (readonly (readonly string[])[])[] = [
  [['list']],
  [['list', '--all']],
  [['list', '--all', '--title']],
  [['list', '--all', '--name']],
  [['list', '--all', '--uuid']],
  [['list', '--all', '--uuid', '--name']],
  [['list', '--all', '--id', '--name']],
  [['list', '--all', '--name', '--title']],
  [['list', '--all', '--with-snapshot']],
  [['list', '--all', '--without-snapshot', '--name']],
  [['list', '--all', '--with-managed-save']],
  [['list', '--all', '--managed-save']],
  [a, ['list']],
  [a, ['list', '--name']],
  [a, ['list', '--all']],
  [a, ['list', '--inactive']],
  [a, ['list', '--all', '--state-running', '--name']],
  [a, ['list', '--all', '--state-shutoff', '--name']],
  [a, ['suspend', 'a'], ['list', '--all', '--state-paused']],
  [
    ['autostart', 'a'],
    ['list', '--all', '--autostart', '--name'],
  ],
  [
    ['autostart', 'a'],
    ['list', '--all', '--no-autostart', '--name'],
  ],
  [['list', '--all', '--persistent', '--name']],
  [['list', '--all', '--transient', '--name']],
  [['dominfo', 'a']],
  [a, ['dominfo', 'a']],
  [['domstate', 'a']],
  [['domstate', '--domain', 'a']],
  [['domstate', '--domain=a', '--reason']],
  [['domstate', '11111111-1111-4111-8111-111111111111']],
  [['domid', 'a']],
  [a, ['domid', 'a']],
  [['domuuid', 'a']],
  [['domname', '11111111-1111-4111-8111-111111111111']],
  [a],
  [['start', 'a', '--force-boot']],
  [a, ['suspend', 'a']],
  [a, ['suspend', 'a'], ['resume', 'a']],
  [a, ['reboot', 'a']],
  [a, ['reboot', 'a', '--mode', 'acpi']],
  [a, ['reset', 'a']],
  [a, ['destroy', 'a']],
  [['autostart', 'a']],
  [['autostart', 'a', '--disable']],
  [['domrename', 'a', 'b']],
  [['undefine', 'a']],
  [['undefine', 'a', '--managed-save', '--snapshots-metadata', '--checkpoints-metadata']],
  [['domiflist', 'a']],
  [a, ['domiflist', 'a', '--inactive']],
  [['domiflist', 'a-machine-with-a-long-name']],
  [a, ['domif-getlink', 'a', 'lan0']],
  [['domif-getlink', 'a', '52:54:00:00:00:01', '--config']],
  [[...bridge, '--print-xml']],
  [[...bridge, '--mac', '52:54:00:00:00:0a', '--model', 'e1000e', '--target', 'lan1', '--alias', 'ua-x', '--print-xml']],
  [[...bridge, '--script', '/etc/up', '--inbound', '100,200,300', '--outbound', '10', '--print-xml']],
  [['attach-interface', 'a', 'network', 'default', '--print-xml']],
  [['attach-interface', 'a', 'direct', 'eth0', '--print-xml']],
  [['attach-interface', 'a', 'hostdev', '0000:03:00.1', '--managed', '--print-xml']],
];

const failing: readonly (readonly (readonly string[])[])[] = [
  [['frobnicate']],
  [['list', '--bogus']],
  [['list', 'extra']],
  [['list', '--table', '--name']],
  [['domstate']],
  [['domstate', 'a', 'extra']],
  [['domstate', 'nobody']],
  [['domstate', '99']],
  [['domstate', '']],
  [['dominfo', 'nobody']],
  [['dumpxml', 'nobody']],
  [['domrename', 'a']],
  [a, ['domrename', 'a', 'b']],
  [['start', 'nobody']],
  [a, ['start', 'a']],
  [['destroy', 'a']],
  [a, ['shutdown', 'a', '--mode', 'loud']],
  [['undefine', 'a', '--nvram', '--keep-nvram']],
  [a, ['undefine', 'a', '--remove-all-storage']],
  [['define', '/nonexistent.xml']],
  [['attach-device', 'a', '/nonexistent.xml']],
  [['attach-device', 'a']],
  [[...bridge, '--mac']],
  [[...bridge, '--current', '--live']],
  [[...bridge, '--current', '--config']],
  [[...bridge, '--inbound', '100,x', '--print-xml']],
  [[...bridge, '--inbound', 'x', '--print-xml']],
  [['attach-interface', 'a', 'wire', 'br0']],
  [['detach-interface', 'a', 'direct']],
  [['detach-interface', 'a', 'bridge', '--mac', '52:54:00:00:00:99']],
  [['domif-getlink', 'a', 'nope']],
  [['domif-setlink', 'a', 'lan0', 'sideways']],
  [['domif-setlink', 'a', 'nope', 'up']],
  [['domiftune', 'a', 'lan0', '--inbound', 'x']],
  [['domiftune', 'a', 'lan0', '--current', '--config']],
  [a, ['domifaddr', 'a', '--source', 'hearsay']],
  [['console', 'a']],
  [['iface-bridge', 'eth0']],
  [['iface-unbridge']],
];

describe('as virsh says it', () => {
  test.concurrent.for(
    [...succeeding, ...failing].map((commands) => [commands.map((words) => words.join(' ')).join('; '), commands] as const),
  )('%s', async ([, commands], { skip }) => {
    if (missing !== undefined) skip(missing);
    const [mine, theirs] = [comparable(await ours(commands)), comparable(await virsh(commands))];
    expect(mine).toEqual(theirs);
  });
});
