// The two C programs: the network helper, which alone is privileged, and the serial recorder.
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { fingerprint, stamped } from './build.mjs';
import { withLock } from './lock.mjs';
import { SetupError, at, run, say, which } from './say.mjs';
import { asRoot } from './system-packages.mjs';

/** Warnings are errors, and the hardening that distributions build their own privileged programs with. */
const flags = [
  ['-std=gnu11', '-O2', '-g', '-Wall', '-Wextra', '-Werror', '-Wformat=2', '-Wshadow', '-Wvla'],
  ['-D_FORTIFY_SOURCE=2', '-fstack-protector-strong', '-fstack-clash-protection', '-fPIE', '-pie'],
  process.arch === 'x64' ? ['-fcf-protection'] : [],
  ['-Wl,-z,relro,-z,now', '-Wl,-z,noexecstack'],
].flat();

/** Each program is the C files of the folder of its name; the output is build/native/NAME. */
export const programs = /** @type {const} */ (['net-helper', 'serial-recorder']);

/** @param {string} name */
const inputs = (name) => [name, 'scripts/lib/native.mjs'];

/** Only what the compiler reads. @param {string} name */
const compiled = (name) => /\.[ch]$/.test(name);

/**
 * Compiles each C program whose sources changed.
 * @throws {SetupError} when gcc fails
 */
export const ensureNativePrograms = () => {
  for (const name of programs) {
    if (!existsSync(at(name)) || !readdirSync(at(name)).some((file) => file.endsWith('.c'))) continue;
    const stamp = at(`build/native/.${name}.stamp`);
    const output = at('build/native', name);
    const current = () =>
      existsSync(output) &&
      stamped(
        stamp,
        fingerprint(inputs(name), (file) => compiled(file) || file === 'native.mjs'),
      );
    if (current()) continue;
    withLock('native', () => {
      if (current()) return;
      say(`compiling ${name}`);
      mkdirSync(at('build/native'), { recursive: true });
      const now = fingerprint(inputs(name), (file) => compiled(file) || file === 'native.mjs');
      const sources = readdirSync(at(name)).filter((file) => file.endsWith('.c'));
      const fresh = `${output}.new`;
      const status = run(which('gcc') ?? 'gcc', [...flags, '-o', fresh, ...sources.map((file) => at(name, file))]);
      if (status !== 0) throw new SetupError(`gcc could not compile ${name}; its words are above.`);
      renameSync(fresh, output); // a running program keeps its file
      writeFileSync(stamp, now);
    });
  }
};

/** The command that gives the helper its one capability. */
export const capabilityCommand = `setcap cap_net_admin+ep ${at('build/native/net-helper')}`;

/** Has the helper its file capability? */
const privileged = () => {
  const getcap = which('getcap');
  if (getcap === undefined) return false;
  return spawnSync(getcap, [at('build/native/net-helper')], { encoding: 'utf8' }).stdout?.includes('cap_net_admin') === true;
};

/**
 * Gives the network helper CAP_NET_ADMIN, once per build of it: without it TAPs can't be made, and everything else works.
 * Never fails the set-up. An ordinary user is asked for sudo's password at a terminal only, and only once per build.
 */
export const ensureHelperCapability = () => {
  const helper = at('build/native/net-helper');
  const asked = at('build/native/.net-helper.asked');
  if (!existsSync(helper) || privileged()) return;
  const prefix = asRoot();
  const built = fingerprint(['build/native/net-helper']);
  if (stamped(asked, built)) return;
  writeFileSync(asked, built);
  const setcap = which('setcap');
  if (prefix === undefined || setcap === undefined) {
    say(`the network helper has no privilege yet, so machines can't be put on bridges. As root, run: ${capabilityCommand}`);
    return;
  }
  if (prefix.length > 0)
    say('giving the network helper its privilege (CAP_NET_ADMIN) with sudo; it is asked for once per build of the helper');
  const [program, ...args] = [...prefix, setcap, 'cap_net_admin+ep', helper];
  const result = spawnSync(/** @type {string} */ (program), args, { stdio: ['inherit', 2, 'inherit'] });
  if (result.status !== 0)
    say(`the network helper stays without privilege, so machines can't be put on bridges. To mend it: sudo ${capabilityCommand}`);
};
