import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { distribution, ensureSystemPackages, wishForSystemPackages } from './system-packages.mjs';

describe('a distribution by its os-release', () => {
  it.each([
    ['ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"', 'debian', true, 'Debian GNU/Linux 12 (bookworm)'],
    ['ID=debian\nVERSION_ID="13"', 'debian', true, 'debian'],
    ['ID=debian\nPRETTY_NAME="Debian GNU/Linux forky/sid"', 'debian', true, 'Debian GNU/Linux forky/sid'],
    ['ID=debian\nVERSION_ID="11"', 'debian', false, 'debian'],
    ['ID=ubuntu\nID_LIKE=debian\nVERSION_ID="22.04"', 'debian', true, 'ubuntu'],
    ['ID=ubuntu\nID_LIKE=debian\nVERSION_ID="20.04"', 'debian', false, 'ubuntu'],
    ["ID=linuxmint\nID_LIKE='ubuntu debian'\nVERSION_ID='22'", 'debian', false, 'linuxmint'],
    ['ID=fedora\nVERSION_ID=43', 'fedora', false, 'fedora'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"', 'fedora', false, 'rocky'],
    ['ID=arch', 'arch', false, 'arch'],
    ['ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"', 'suse', false, 'opensuse-tumbleweed'],
    ['ID=nixos', 'other', false, 'nixos'],
    ['', 'other', false, 'unknown'],
  ])('%j', (text, family, supported, name) => {
    expect(distribution(text)).toMatchObject({ family, supported, name });
  });
});

describe('the system packages', () => {
  let bin: string;
  const log = () => path.join(bin, 'apt.log');
  /** A program that does nothing, or what its lines say. */
  const program = (name: string, lines = '') => {
    writeFileSync(path.join(bin, name), `#!/bin/sh\n${lines}\n`);
    chmodSync(path.join(bin, name), 0o755);
  };
  const everything = ['qemu-system-x86_64', 'qemu-img', 'gcc', 'make', 'ip', 'xz', 'setcap', 'getcap'];
  const debian = distribution('ID=debian\nVERSION_ID="12"');

  beforeEach(() => {
    bin = mkdtempSync(path.join(os.tmpdir(), 'tapestry-bin-'));
    vi.stubEnv('PATH', bin);
    symlinkSync('/usr/bin/env', path.join(bin, 'env'));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    rmSync(bin, { recursive: true, force: true });
  });

  it('are left alone when every program is there', () => {
    for (const name of everything) program(name);
    program('apt-get', `echo "$@" >> ${log()}`);
    ensureSystemPackages({ tests: false, os: debian, folders: [] });
    expect(existsSync(log())).toBe(false);
  });

  it('are installed by name when a program is missing, and only those', () => {
    for (const name of everything.filter((one) => one !== 'qemu-img' && one !== 'ip')) program(name);
    // Makes what it is asked to install appear, as the real one does.
    program('apt-get', `echo "$DEBIAN_FRONTEND $@" >> ${log()}; for p in qemu-img ip; do /bin/cp ${bin}/gcc ${bin}/$p; done`);
    vi.spyOn(process, 'getuid').mockReturnValue(0);
    ensureSystemPackages({ tests: false, os: debian, folders: [] });
    expect(readFileSync(log(), 'utf8').trim().split('\n').at(-1)).toBe(
      'noninteractive -q install -y --no-install-recommends qemu-utils iproute2',
    );
  });

  it('are installed through sudo by an ordinary user, which may not ask without a terminal', () => {
    for (const name of everything.filter((one) => one !== 'ip')) program(name);
    program('apt-get', `/bin/cp ${bin}/gcc ${bin}/ip`);
    program('sudo', `printf '%s\\n' "$*" >> ${log()}; shift; exec "$@"`);
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
    ensureSystemPackages({ tests: false, os: debian, folders: [] });
    expect(readFileSync(log(), 'utf8')).toMatch(/^-n env DEBIAN_FRONTEND=noninteractive apt-get -q (update|install)/);
  });

  it('are named with the command when there is no way to become root', () => {
    for (const name of everything.filter((one) => one !== 'gcc')) program(name);
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
    expect(() => ensureSystemPackages({ tests: false, os: debian, folders: [] })).toThrow(
      /no sudo.*As root, run: apt-get install -y --no-install-recommends gcc$/,
    );
  });

  it('are named as Fedora calls them on Fedora, and nothing is run', () => {
    for (const name of everything.filter((one) => one !== 'qemu-img' && one !== 'ip')) program(name);
    program('apt-get', `echo "$@" >> ${log()}`);
    const fedora = distribution('ID=fedora\nPRETTY_NAME="Fedora Linux 43"');
    expect(() => ensureSystemPackages({ tests: false, os: fedora, folders: [] })).toThrow(
      /Fedora Linux 43 is not a distribution.*Missing: qemu-img, ip\..*: qemu-img iproute$/,
    );
    expect(existsSync(log())).toBe(false);
  });

  it('fail with the command when apt-get fails twice', () => {
    for (const name of everything.filter((one) => one !== 'ip')) program(name);
    program('apt-get', `echo "$@" >> ${log()}; exit 100`);
    vi.spyOn(process, 'getuid').mockReturnValue(0);
    expect(() => ensureSystemPackages({ tests: false, os: debian, folders: [] })).toThrow(/apt-get could not install them/);
    expect(readFileSync(log(), 'utf8')).toContain('install -y --no-install-recommends iproute2');
  });

  it('fail clearly when apt-get says yes and the program still isn’t there', () => {
    for (const name of everything.filter((one) => one !== 'ip')) program(name);
    program('apt-get');
    vi.spyOn(process, 'getuid').mockReturnValue(0);
    expect(() => ensureSystemPackages({ tests: false, os: debian, folders: [] })).toThrow(/still not found: ip$/);
  });

  it('that only some tests use are asked for once, and do without', () => {
    const asked = path.join(bin, 'asked');
    program('apt-get', `echo "$@" >> ${log()}; test "$5" != swtpm || exit 100`);
    program('passt');
    vi.spyOn(process, 'getuid').mockReturnValue(0);
    wishForSystemPackages({ tests: true, os: debian, folders: [], asked });
    const first = readFileSync(log(), 'utf8');
    expect(first).toContain('install -y --no-install-recommends swtpm');
    expect(first).not.toContain('passt');
    wishForSystemPackages({ tests: true, os: debian, folders: [], asked });
    expect(readFileSync(log(), 'utf8')).toBe(first);
  });

  it('that can be done without are asked for once by a start too, but not those of tests', () => {
    const asked = path.join(bin, 'asked');
    program('apt-get', `echo "$@" >> ${log()}; exit 100`);
    vi.spyOn(process, 'getuid').mockReturnValue(0);
    wishForSystemPackages({ tests: false, os: debian, folders: [], asked });
    const told = existsSync(log()) ? readFileSync(log(), 'utf8') : '';
    expect(told).not.toContain('swtpm');
    expect(told.includes('osinfo-db')).toBe(!existsSync('/usr/share/osinfo/os'));
  });

  it('that only some tests use are not asked for on a distribution without apt-get', () => {
    program('apt-get', `echo "$@" >> ${log()}`);
    wishForSystemPackages({ tests: true, os: distribution('ID=fedora'), folders: [], asked: path.join(bin, 'asked') });
    expect(existsSync(log())).toBe(false);
  });
});
