// Runs inside the namespaces that namespace.ts makes. `outer` is root's stage: it prepares, and goes on as somebody else where asked.
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { CaseSetup, NamespaceCases, Who } from './namespace.ts';

/** An ordinary uid that owns nothing on this computer. */
const uid = 54321;

const [file, name, who, stage] = process.argv.slice(2) as [string, string, Who, string];
const setup = JSON.parse(process.env['TAPESTRY_CASE_SETUP'] ?? '{}') as CaseSetup;

const must = (command: readonly string[]): void => {
  const [program = '', ...args] = command;
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command.join(' ')}: ${error?.message ?? stderr}`);
};

/**
 * New IPv6 addresses are checked for duplicates as ever, but in a hundredth of a second and at once, where the kernel takes two. In a user
 * namespace it lets nobody change the first.
 */
const checkAddressesFast = (): void => {
  for (const [file, value] of [
    ['conf/default/router_solicitation_delay', '0'],
    ['neigh/default/retrans_time_ms', '10'],
  ] as const) {
    const setting = path.join('/proc/sys/net/ipv6', file);
    if (existsSync(setting)) writeFileSync(setting, value);
  }
};

/** What mounts change is seen in this mount namespace only. */
const prepareHost = (): void => {
  must(['mount', '-t', 'sysfs', 'sysfs', '/sys']);
  must(['ip', 'link', 'set', 'lo', 'up']);
  checkAddressesFast();
  const owner = who === 'capable' ? uid : (process.getuid?.() ?? 0);
  for (const command of setup.prepare ?? []) must(command.map((word) => (word === 'UID' ? String(owner) : word)));
};

/** Distributions let everybody open /dev/net/tun; here a node of our own does. */
const openTunToAll = (scratch: string): void => {
  const node = path.join(scratch, 'tun');
  must(['mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', scratch]);
  must(['mknod', '-m', '666', node, 'c', '10', '200']);
  chmodSync(node, 0o666);
  must(['mount', '--bind', node, '/dev/net/tun']);
};

/** The helper as a package installs it: with the capability, beside an access list in an /etc of this namespace only. */
const installHelper = (scratch: string): string => {
  const folder = path.join(scratch, 'native');
  const etc = path.join(scratch, 'etc');
  mkdirSync(folder, { mode: 0o755 });
  const helper = path.join(folder, 'tapestry-net-helper');
  copyFileSync(path.join(process.env['TAPESTRY_NATIVE_DIR'] ?? '', 'tapestry-net-helper'), helper);
  chmodSync(helper, 0o755);
  must(['setcap', 'cap_net_admin+ep', helper]);
  must(['cp', '-a', '/etc', etc]);
  rmSync(path.join(etc, 'tapestry'), { recursive: true, force: true });
  mkdirSync(path.join(etc, 'tapestry'), { mode: 0o755 });
  if (setup.acl !== undefined) writeFileSync(path.join(etc, 'tapestry/net-helper.conf'), setup.acl, { mode: 0o644 });
  must(['mount', '--bind', etc, '/etc']);
  return folder;
};

/** A folder for what Node compiled, beside root's own: nobody runs what somebody else may have written there. */
const compiledBy = (owner: number): NodeJS.ProcessEnv => {
  const own = process.env['NODE_COMPILE_CACHE'];
  if (own === undefined) return {};
  const folder = `${own}-${owner}`;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chownSync(folder, owner, owner);
  return { NODE_COMPILE_CACHE: folder };
};

/** Goes on as an ordinary uid; the status is the case's. */
const continueAs = (command: readonly string[], environment: NodeJS.ProcessEnv): never => {
  const env = { ...environment, ...compiledBy(uid) };
  const ids = ['--reuid', String(uid), '--regid', String(uid), '--clear-groups', '--inh-caps=-all'];
  const { status, error } = spawnSync('setpriv', [...ids, ...command], { stdio: 'inherit', env });
  if (error !== undefined) throw error;
  process.exit(status ?? 1);
};

const again = (next: string) => [process.execPath, '--no-warnings', import.meta.filename, file, name, who, next];

if (stage === 'outer' && who !== 'root') {
  // Removed with the mount namespace's tmpfs; the folder itself is empty outside.
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'tapestry-net-'));
  process.on('exit', () => {
    spawnSync('umount', ['-l', '/etc'], { stdio: 'ignore' });
    spawnSync('umount', ['-l', '/dev/net/tun'], { stdio: 'ignore' });
    spawnSync('umount', ['-l', scratch], { stdio: 'ignore' });
    rmSync(scratch, { recursive: true, force: true });
  });
  openTunToAll(scratch);
  const home = path.join(scratch, 'home');
  mkdirSync(home, { mode: 0o777 });
  chmodSync(home, 0o777);
  process.env['TMPDIR'] = home;
  const env = { ...process.env, HOME: home, TAPESTRY_CASE_FOLDER: home };
  if (who === 'user') {
    const namespaces = ['--user', '--map-root-user', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
    continueAs(['unshare', ...namespaces, ...again('inner')], env);
  }
  const folder = installHelper(scratch);
  if (who === 'installer') process.env['TAPESTRY_NATIVE_DIR'] = folder;
  else {
    prepareHost();
    continueAs(again('run'), { ...env, TAPESTRY_NATIVE_DIR: folder });
  }
}
if (process.env['TAPESTRY_CASE_FOLDER'] === undefined) {
  // Nobody has given one yet: a folder of the case's own too, that goes with it.
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tapestry-net-'));
  process.env['TMPDIR'] = folder;
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
}
if (stage !== 'run') prepareHost();
delete process.env['TAPESTRY_CASE_SETUP'];
const { cases } = (await import(file)) as { cases: NamespaceCases };
const one = cases[name];
if (one === undefined) throw new Error(`no case “${name}” in ${file}`);
await one.run();
// Whatever the case left behind ends with the process namespace.
process.exit(0);
