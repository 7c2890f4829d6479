// The two C programs: the network helper, which alone is privileged, and the serial recorder.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fingerprint, stamped } from './build.mjs';
import { withLock } from './lock.mjs';
import { SetupError, at, run, say, which } from './say.mjs';
import { asRoot } from './system-packages.mjs';

/** The folders of the programs. Each has a Makefile with its warnings and hardening; the output is build/native/tapestry-FOLDER. */
const programs = ['net-helper', 'serial-recorder'];

/** What a program's binary depends on. @param {string} name */
const inputs = (name) => fingerprint([name, 'native.mk'], (file) => /\.[ch]$|^Makefile$/.test(file));

/** @param {string} name */
const outputOf = (name) => at('build/native', `tapestry-${name}`);

/**
 * Compiles each C program whose sources changed.
 * @throws {SetupError} when the compiler refuses
 */
export const ensureNativePrograms = () => {
  for (const name of programs) {
    if (!existsSync(at(name, 'Makefile'))) continue;
    const stamp = at(`build/native/.${name}.stamp`);
    const current = () => existsSync(outputOf(name)) && stamped(stamp, inputs(name));
    if (current()) continue;
    withLock('native', () => {
      if (current()) return; // somebody else compiled it while we waited
      say(`compiling ${name}`);
      mkdirSync(at('build/native'), { recursive: true });
      const now = inputs(name);
      const status = run(which('make') ?? 'make', ['--silent', '-C', at(name), `OUT=${at('build/native')}`, outputOf(name)]);
      if (status !== 0) throw new SetupError(`${name} could not be compiled; the compiler's words are above.`);
      writeFileSync(stamp, now);
    });
  }
};

/** The network helper's binary in a checkout. */
const helper = outputOf('net-helper');

/** The command that gives the helper its one capability. */
const capabilityCommand = `setcap cap_net_admin+ep ${helper}`;

/**
 * Installs the access list that the helper asks before it serves an ordinary user; without one it denies everything. An
 * administrator's own list is never touched. Root needs none, and may set up what others then use.
 * @param {readonly string[]} prefix the words before a command that needs root
 */
export const installAccessList = (prefix, list = '/etc/tapestry/net-helper.conf') => {
  const [program, ...args] = [...prefix, 'install', '-D', '-m', '0644', at('net-helper/net-helper.conf'), list];
  if (program === undefined || existsSync(list)) return;
  say(`installing the network helper's access list as ${list}`);
  const { status } = spawnSync(program, args, { stdio: ['inherit', 2, 'inherit'] });
  if (status !== 0) say(`the access list could not be installed, so the helper allows nothing. To mend it: sudo ${args.join(' ')}`);
};

/** Has the helper its file capability? A compiler run takes it away. */
const privileged = () => {
  const getcap = which('getcap');
  return getcap !== undefined && spawnSync(getcap, [helper], { encoding: 'utf8' }).stdout?.includes('cap_net_admin') === true;
};

/**
 * Gives the network helper CAP_NET_ADMIN, once per build of it: without it TAPs can't be made, and everything else works.
 * Never fails the set-up. An ordinary user is asked for sudo's password at a terminal only, and once per build.
 */
export const ensureHelperCapability = () => {
  if (!existsSync(helper)) return;
  const asked = at('build/native/.net-helper.asked');
  const built = fingerprint(['build/native/tapestry-net-helper']);
  if (stamped(asked, built)) return;
  mkdirSync(at('build/native'), { recursive: true });
  const prefix = asRoot();
  if (privileged()) {
    if (prefix?.length === 0) installAccessList(prefix);
    writeFileSync(asked, built);
    return;
  }
  const setcap = which('setcap');
  if (prefix === undefined || setcap === undefined) {
    say(`the network helper has no privilege yet, so machines can't be put on bridges. As root, run: ${capabilityCommand}`);
  } else {
    if (prefix.length > 0)
      say('giving the network helper its privilege (CAP_NET_ADMIN) with sudo; this is asked for once per build of the helper');
    const [program, ...args] = [...prefix, setcap, 'cap_net_admin+ep', helper];
    const { status } = spawnSync(program, args, { stdio: ['inherit', 2, 'inherit'] });
    if (status === 0) installAccessList(prefix);
    else say(`the network helper stays without privilege, so machines can't be put on bridges. To mend it: sudo ${capabilityCommand}`);
  }
  writeFileSync(asked, built);
};
