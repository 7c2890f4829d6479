import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { getCurrentFuseWire, FuseV1Options } from '@electron/fuses';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { environment } from '../scripts/lib/npm-packages.mjs';
import { at, which } from '../scripts/lib/say.mjs';
import { writeElectronStub } from './testing/electron-stub.ts';

// Electron's binary can't be had everywhere, so a stand-in of the same shape is packed: all but the window is real.

let folder: string;
/** The packed tree, and the packages made of it. */
let tree: string;
let deb: string | undefined;
let zip: string | undefined;

/** Runs a program to its end and gives its output. @throws Error with its words when it fails */
const run = (program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): string => {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: at(), env, encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(status)}: ${stdout}${stderr}`);
  return stdout;
};

const theOnly = async (directory: string, ending: string): Promise<string | undefined> => {
  const found = (await readdir(directory, { recursive: true }).catch(() => [])).filter((name) => name.endsWith(ending));
  expect(found.length).toBeLessThan(2);
  return found[0] === undefined ? undefined : path.join(directory, found[0]);
};

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tapestry-package-'));
  const { version } = JSON.parse(await readFile(at('node_modules/electron/package.json'), 'utf8')) as { version: string };
  await writeElectronStub(path.join(folder, 'electron'), version);
  await mkdir(path.join(folder, 'tmp'));
  // Forge refuses npm below 10.9, which it has no use for where nothing is installed: a file in the home directory says not to look.
  await writeFile(path.join(folder, '.skip-forge-system-check'), '');
  const targets = [which('dpkg-deb') === undefined ? [] : ['deb'], which('zip') === undefined ? [] : ['zip']].flat();
  const forge = [at('node_modules/@electron-forge/cli/dist/electron-forge.js')];
  run(process.execPath, [...forge, ...(targets.length === 0 ? ['package'] : ['make', '--targets', targets.join(',')])], {
    ...environment(),
    HOME: folder,
    ELECTRON_ZIP_DIR: path.join(folder, 'electron'),
    TAPESTRY_PACKAGES: path.join(folder, 'out'),
    TMPDIR: path.join(folder, 'tmp'),
  });
  tree = path.join(folder, 'out', `Tapestry-linux-${process.arch}`);
  deb = await theOnly(path.join(folder, 'out/make'), '.deb');
  zip = await theOnly(path.join(folder, 'out/make'), '.zip');
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

it('holds the build in the archive, and of the checkout nothing else', () => {
  const list = run(process.execPath, [at('node_modules/@electron/asar/bin/asar.mjs'), 'list', path.join(tree, 'resources/app.asar')]);
  const files = list.split('\n').filter((name) => name !== '');
  for (const file of [
    '/package.json',
    '/dist/main/main.js',
    '/dist/preload/preload.cjs',
    '/dist/renderer/index.html',
    '/dist/host/cli.js',
  ]) {
    expect(files).toContain(file);
  }
  expect(files.filter((name) => !/^\/(package\.json|dist(\/(main|preload|renderer|host)(\/.*)?)?)$/.test(name))).toEqual([]);
});

it('holds the C programs beside the archive, where the kernel can run them', async () => {
  for (const name of ['tapestry-net-helper', 'tapestry-serial-recorder']) {
    const file = path.join(tree, 'resources/native', name);
    expect(((await stat(file)).mode & 0o777).toString(8), name).toBe('755');
    expect((await readFile(file)).subarray(1, 4).toString()).toBe('ELF');
  }
  expect((await readdir(path.join(tree, 'resources'))).toSorted()).toEqual([
    '70-tapestry-macvtap.rules',
    'app.asar',
    'native',
    'net-helper.conf',
    'tapestry.apparmor',
  ]);
});

it('has its fuses set: no Node, no inspector, the archive only and checked', async () => {
  const wire = await getCurrentFuseWire(path.join(tree, 'tapestry'));
  const on = (fuse: FuseV1Options) => wire[fuse] === 0x31;
  expect({
    runAsNode: on(FuseV1Options.RunAsNode),
    nodeOptions: on(FuseV1Options.EnableNodeOptionsEnvironmentVariable),
    inspect: on(FuseV1Options.EnableNodeCliInspectArguments),
    fileProtocol: on(FuseV1Options.GrantFileProtocolExtraPrivileges),
    cookies: on(FuseV1Options.EnableCookieEncryption),
    archiveChecked: on(FuseV1Options.EnableEmbeddedAsarIntegrityValidation),
    archiveOnly: on(FuseV1Options.OnlyLoadAppFromAsar),
  }).toEqual({
    runAsNode: false,
    nodeOptions: false,
    inspect: false,
    fileProtocol: false,
    cookies: true,
    archiveChecked: true,
    archiveOnly: true,
  });
});

it('is a zip of that tree', (context) => {
  if (zip === undefined) return context.skip('zip is not installed');
  const names = run('zip', ['-sf', zip]);
  for (const name of ['tapestry', 'resources/app.asar', 'resources/native/tapestry-net-helper'])
    expect(names).toContain(`  Tapestry-linux-${process.arch}/${name}\n`);
});

const debOf = (context: TestContext): string => deb ?? context.skip('dpkg-deb is not installed');

it('is a deb that needs QEMU and the tools of its postinst, and gives nobody a privilege by itself', (context) => {
  const file = debOf(context);
  const field = (name: string) => run('dpkg-deb', ['-f', file, name]).trim();
  expect(field('Package')).toBe('tapestry');
  for (const need of ['qemu-system-x86', 'qemu-utils', 'libcap2-bin', 'iproute2']) expect(field('Depends').split(', ')).toContain(need);
  for (const wish of ['ovmf', 'swtpm', 'passt']) expect(field('Recommends').split(', ')).toContain(wish);
  const modes = new Map(
    run('dpkg-deb', ['-c', file])
      .split('\n')
      .map((line) => [line.split(/\s+/)[5] ?? '', line.split(/\s+/).slice(0, 2).join(' ')]),
  );
  expect(modes.get('./usr/lib/tapestry/resources/native/tapestry-net-helper')).toBe('-rwxr-xr-x root/root');
  expect(modes.get('./usr/bin/tapestry')).toBe('lrwxrwxrwx root/root');
  // Chromium's own sandbox is the only setuid program; it is Electron's.
  expect([...modes].filter(([, mode]) => /^-..[sS]|^-.....[sS]/.test(mode)).map(([name]) => name)).toEqual([
    './usr/lib/tapestry/chrome-sandbox',
  ]);
});

/** Installs, removes and purges the package over a copy of this system that is in memory, in namespaces that end with it. */
const installation = `
set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root" || exit 77
mount -t proc proc "$1/root/proc"
mount --bind /dev "$1/root/dev"
rm -rf "$1/root/etc/tapestry"
mkdir -p "$1/root/etc/apparmor.d/abi"; : > "$1/root/etc/apparmor.d/abi/4.0"
cp "$2" "$1/root/root/package.deb"
there() { echo "== $1"; shift; chroot "$root" "$@"; }
root="$1/root"
helper=/usr/lib/tapestry/resources/native/tapestry-net-helper
there install dpkg --force-depends -i /root/package.deb
there capability getcap "$helper"
there modes stat -c '%A %U:%G %n' "$helper" /etc/tapestry/net-helper.conf /usr/lib/udev/rules.d/70-tapestry-macvtap.rules /etc/apparmor.d/tapestry
there program /usr/bin/tapestry
echo '# of the administrator' >> "$root/etc/tapestry/net-helper.conf"
there again dpkg --force-depends -i /root/package.deb
there capability-again getcap "$helper"
there list tail -n 1 /etc/tapestry/net-helper.conf
there remove dpkg -r tapestry
there removed sh -c 'ls -d /usr/lib/tapestry /usr/lib/udev/rules.d/70-tapestry-macvtap.rules /etc/apparmor.d/tapestry /etc/tapestry 2>/dev/null || true'
there purge dpkg -P tapestry
there purged sh -c 'ls -d /etc/tapestry 2>/dev/null || true'
`;

it('gives the helper its capability, group and access list when it is installed, and takes them away again', async (context) => {
  const file = debOf(context);
  if (process.getuid?.() !== 0) context.skip('only root can install a package; run the tests as root');
  const overlay = path.join(folder, 'overlay');
  await mkdir(overlay);
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    ['--mount', '--pid', '--fork', '--kill-child', 'bash', '-c', installation, 'bash', overlay, file],
    { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } },
  );
  if (status === 77) context.skip('this kernel lays no overlay over its root');
  expect(status, `${stdout}${stderr}`).toBe(0);
  const said = new Map(
    stdout
      .split(/^== /m)
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1).trim()]),
  );
  const helper = '/usr/lib/tapestry/resources/native/tapestry-net-helper';
  expect(said.get('capability')).toBe(`${helper} cap_net_admin=ep`);
  expect(said.get('modes')?.split('\n')).toEqual([
    `-rwxr-x--- root:tapestry ${helper}`,
    '-rw-r--r-- root:root /etc/tapestry/net-helper.conf',
    '-rw-r--r-- root:root /usr/lib/udev/rules.d/70-tapestry-macvtap.rules',
    '-rw-r--r-- root:root /etc/apparmor.d/tapestry',
  ]);
  expect(said.get('program')).toBe('a stand-in for Electron');
  expect(said.get('capability-again')).toBe(`${helper} cap_net_admin=ep`);
  expect(said.get('list')).toBe('# of the administrator');
  expect(said.get('removed')).toBe('/etc/tapestry');
  expect(said.get('purged')).toBe('');
});
