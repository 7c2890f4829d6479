// The programs that Tapestry needs from the distribution. Looked for as programs, not as packages: a QEMU of the user's own counts,
// and the check costs nothing. Only what is missing is installed.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findChromium } from './chromium.mjs';
import { SetupError, at, run, say, which } from './say.mjs';

/**
 * @typedef {object} Need
 * @property {(folders?: readonly string[]) => boolean} present is it there? Programs are looked for in PATH and these folders
 * @property {string} what the program or file, as a person names it
 * @property {{ debian: string, fedora: string, arch: string, suse: string }} packages who brings it
 */

/** @type {readonly Need[]} */
const needs = [
  need(
    (folders) => which('qemu-system-x86_64', folders) !== undefined,
    'qemu-system-x86_64',
    'qemu-system-x86',
    'qemu-system-x86-core',
    'qemu-system-x86',
    'qemu-x86',
  ),
  need((folders) => which('qemu-img', folders) !== undefined, 'qemu-img', 'qemu-utils', 'qemu-img', 'qemu-img', 'qemu-tools'),
  need((folders) => which('gcc', folders) !== undefined, 'gcc', 'gcc', 'gcc', 'gcc', 'gcc'),
  need((folders) => which('make', folders) !== undefined, 'make', 'make', 'make', 'make', 'make'),
  need(() => existsSync('/usr/include/stdio.h'), 'the C library headers', 'libc6-dev', 'glibc-devel', 'glibc', 'glibc-devel'),
  need(
    () => existsSync('/usr/include/linux/if_tun.h'),
    'the kernel headers',
    'linux-libc-dev',
    'kernel-headers',
    'linux-api-headers',
    'linux-glibc-devel',
  ),
  need((folders) => which('ip', folders) !== undefined, 'ip', 'iproute2', 'iproute', 'iproute2', 'iproute2'),
  // What packs the modules of Debian 13’s kernel, which the demo machine boots.
  need((folders) => which('xz', folders) !== undefined, 'xz', 'xz-utils', 'xz', 'xz', 'xz'),
  need((folders) => which('setcap', folders) !== undefined, 'setcap', 'libcap2-bin', 'libcap', 'libcap', 'libcap-progs'),
];

/** Only tests drive a browser. @type {Need} */
const chromium = need(() => findChromium() !== undefined, 'chromium', 'chromium', 'chromium', 'chromium', 'chromium');

/** What makes more of Tapestry where it is, and what it goes without. @type {readonly Need[]} */
const extras = [
  need(() => existsSync('/usr/share/osinfo/os'), 'the list of operating systems', 'osinfo-db', 'osinfo-db', 'osinfo-db', 'osinfo-db'),
];

/** What tests use where it is, and say of where it isn't. Not every supported release has all of them. @type {readonly Need[]} */
const wishes = [
  need((folders) => which('swtpm', folders) !== undefined, 'swtpm', 'swtpm', 'swtpm', 'swtpm', 'swtpm'),
  need((folders) => which('passt', folders) !== undefined, 'passt', 'passt', 'passt', 'passt', 'passt'),
  need(() => existsSync('/usr/share/qemu/firmware'), 'UEFI firmware', 'ovmf', 'edk2-ovmf', 'edk2-ovmf', 'qemu-ovmf-x86_64'),
];

/**
 * @param {Need['present']} present @param {string} what @param {string} debian @param {string} fedora @param {string} arch @param {string} suse
 * @returns {Need}
 */
function need(present, what, debian, fedora, arch, suse) {
  return { present, what, packages: { debian, fedora, arch, suse } };
}

/**
 * The distribution by os-release(5).
 * @param {string} [text] contents of /etc/os-release
 * @returns {{ id: string, name: string, version: string, family: 'debian' | 'fedora' | 'arch' | 'suse' | 'other', supported: boolean }}
 */
export const distribution = (text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '') => {
  /** @type {Record<string, string>} */
  const fields = {};
  for (const line of text.split('\n')) {
    const found = /^([A-Z_]+)=(.*)$/.exec(line.trim());
    if (found?.[1] !== undefined) fields[found[1]] = (found[2] ?? '').replace(/^(["'])(.*)\1$/, '$2');
  }
  const id = fields['ID'] ?? 'unknown';
  const version = fields['VERSION_ID'] ?? '';
  const ids = [id, ...(fields['ID_LIKE'] ?? '').split(/\s+/)];
  const family =
    ids.includes('debian') || ids.includes('ubuntu')
      ? 'debian'
      : ids.includes('fedora') || ids.includes('rhel')
        ? 'fedora'
        : ids.includes('arch')
          ? 'arch'
          : ids.some((name) => /suse/.test(name))
            ? 'suse'
            : 'other';
  const major = Number.parseFloat(version);
  // Debian testing has no VERSION_ID.
  const supported = (id === 'debian' && (version === '' || major >= 12)) || (id === 'ubuntu' && major >= 22.04);
  return { id, name: fields['PRETTY_NAME'] ?? id, version, family, supported };
};

/** Are apt's lists filled? A fresh container has none, and then no package can be found. */
const aptListsFilled = () =>
  existsSync('/var/lib/apt/lists') &&
  readdirSync('/var/lib/apt/lists').some((name) => name.endsWith('_Packages') || name.includes('_Packages.'));

/**
 * The words before a command that needs root: none as root, sudo otherwise. Without a terminal sudo may not ask.
 * @returns {readonly string[] | undefined} undefined when there is no way to become root
 */
export const asRoot = () => {
  if (process.getuid?.() === 0) return [];
  const sudo = which('sudo');
  if (sudo === undefined) return undefined;
  return process.stdin.isTTY ? [sudo] : [sudo, '-n'];
};

/**
 * Installs what is missing through apt-get, or says what is missing and stops.
 * @param {{ tests: boolean, os?: ReturnType<typeof distribution>, folders?: readonly string[] }} options `tests`: the browser for the tests
 *   is wanted too; `folders`: where programs are looked for besides PATH
 * @throws {SetupError} on another distribution, without root, or when apt-get fails
 */
export const ensureSystemPackages = ({ tests, os = distribution(), folders }) => {
  if (process.platform !== 'linux') throw new SetupError('Tapestry runs QEMU machines on Linux; this system is not one.');
  // Ubuntu's chromium package is a stub for a snap, whose confinement keeps a test from driving it.
  const browserByApt = tests && os.id !== 'ubuntu';
  const missing = [...needs, ...(browserByApt ? [chromium] : [])].filter(({ present }) => !present(folders));
  if (missing.length > 0) {
    const family = os.family === 'other' ? 'debian' : os.family;
    const names = missing.map(({ packages }) => packages[family]);
    if (!os.supported) {
      const where = os.family === 'other' ? ' (as Debian calls them)' : '';
      throw new SetupError(
        `${os.name} is not a distribution that this set-up installs packages on (Debian 12 or later, Ubuntu 22.04 or later). ` +
          `Missing: ${missing.map(({ what }) => what).join(', ')}. Please install these packages${where} and run this again: ${names.join(' ')}`,
      );
    }
    installByApt(names);
    const still = missing.filter(({ present }) => !present(folders));
    if (still.length > 0)
      throw new SetupError(
        `apt-get installed ${names.join(' ')}, but these are still not found: ${still.map(({ what }) => what).join(', ')}`,
      );
  }
};

/**
 * Installs what can be done without, once per checkout and by apt-get only: where that fails, the window, or the tests that use it, say what is
 * missing.
 * @param {{ tests: boolean, os?: ReturnType<typeof distribution>, folders?: readonly string[], asked?: string }} options `tests`: also what only
 *   some tests use; `asked`: the file that says what was asked for before
 */
export const wishForSystemPackages = ({ tests, os = distribution(), folders, asked = at('build/.wishes.asked') }) => {
  if (!os.supported) return;
  const before = existsSync(asked) ? readFileSync(asked, 'utf8').split('\n') : [];
  const missing = [...extras, ...(tests ? wishes : [])].filter(
    ({ present, packages }) => !present(folders) && !before.includes(packages.debian),
  );
  if (missing.length === 0) return;
  mkdirSync(path.dirname(asked), { recursive: true });
  writeFileSync(asked, [...before, ...missing.map(({ packages }) => packages.debian)].join('\n'));
  for (const { what, packages } of missing) {
    try {
      installByApt([packages.debian]);
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      say(`${what} is not there and could not be installed: Tapestry goes without, and tests that use it are skipped.`);
    }
  }
};

/** @param {readonly string[]} names */
const installByApt = (names) => {
  const prefix = asRoot();
  const command = `apt-get install -y --no-install-recommends ${names.join(' ')}`;
  if (prefix === undefined)
    throw new SetupError(`these system packages are missing, and there is no sudo to install them with. As root, run: ${command}`);
  say(`installing system packages: ${names.join(' ')}${prefix.length > 0 ? ' (with sudo)' : ''}`);
  /** @param {readonly string[]} args */
  const apt = (args) => {
    const [program, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', ...args];
    return run(/** @type {string} */ (program), rest);
  };
  if (!aptListsFilled()) apt(['update']);
  const install = ['install', '-y', '--no-install-recommends', ...names];
  // Lists that are older than the archive name files that are gone: fetch the lists and try once more.
  if (apt(install) === 0 || (apt(['update']) === 0 && apt(install) === 0)) return;
  throw new SetupError(`apt-get could not install them. Its words are above; to do it by hand: sudo ${command}`);
};
