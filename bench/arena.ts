import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { isReachable } from '../electron/files/if-there.ts';
import { which } from '../scripts/lib/say.mjs';
import { connectVirsh, type Virsh } from './virsh.ts';

/** A network namespace with a bridge `br0`, and a libvirt of its own where there is one. */
export interface Arena extends AsyncDisposable {
  /** The words before a command that is to run in the network namespace; its /sys shows the interfaces there. */
  readonly inside: readonly string[];
  /** Or why there is none. */
  readonly virsh: Virsh | { readonly missing: string };
}

/** How long libvirt may take to open its socket, ms. */
const daemonDeadline = 30_000;

/**
 * Everything that libvirt reads or writes lies in folders of its own, so that the computer's libvirt neither helps nor notices:
 * definitions on the disk that ours lie on, the rest in memory.
 * The first process of a PID namespace ends all others there with its own end; it reads a pipe that ends with the bench, however
 * that is ended. While it
 * waits it reaps what daemons leave to it: libvirt waits long for a process that stays a zombie. Without KVM, which libvirt's
 * probes would wait for where it doesn't work: both sides are measured with TCG.
 */
const script = `
set -e
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup || true
mount -t tmpfs tmpfs /run
mkdir "$0/dev"
mount -t tmpfs -o mode=755 tmpfs "$0/dev"
mkdir "$0/dev/net" "$0/dev/pts" "$0/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$0/dev/pts"
ln -s pts/ptmx "$0/dev/ptmx"
ln -s /proc/self/fd "$0/dev/fd"
for device in null zero full random urandom tty net/tun vhost-net; do
  test ! -e "/dev/$device" || cp -a "/dev/$device" "$0/dev/$device"
done
mount --move "$0/dev" /dev
if test -d /etc/libvirt; then
  mkdir "$0/etc"
  mount --bind "$0/etc" /etc/libvirt
fi
for folder in /var/lib/libvirt /var/cache/libvirt /var/log/libvirt; do
  if test -d "$folder"; then mount -t tmpfs tmpfs "$folder"; fi
done
ip link set lo up
ip link add br0 type bridge
ip link set br0 up
if test -n "$1"; then
  cp "$0/qemu.conf" /etc/libvirt/qemu.conf
  "$1" --config "$0/libvirtd.conf" > "$0/libvirtd.log" 2>&1 &
fi
echo ready
exec 3<&0
(read end <&3) &
wait $!
`;

/** Makes one. @returns undefined with the reason where this user may not */
export async function openArena(): Promise<Arena | { readonly missing: string }> {
  if (process.getuid?.() !== 0) return { missing: 'not measured: a libvirt and a namespace of our own need root' };
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tapestry-bench-'));
  const sockets = path.join(folder, 'sockets');
  await mkdir(sockets, { mode: 0o700 });
  await writeFile(
    path.join(folder, 'libvirtd.conf'),
    [
      `unix_sock_dir = "${sockets}"`,
      'auth_unix_ro = "none"',
      'auth_unix_rw = "none"',
      'listen_tcp = 0',
      'listen_tls = 0',
      'mdns_adv = 0',
      '',
    ].join('\n'),
  );
  // As much of a daemon's work as can be left out: we don't confine QEMU by user, label, namespace or device list either.
  await writeFile(
    path.join(folder, 'qemu.conf'),
    [
      'user = "root"',
      'group = "root"',
      'security_driver = "none"',
      'namespaces = []',
      'cgroup_controllers = []',
      'stdio_handler = "file"',
      '',
    ].join('\n'),
  );
  const daemon = which('libvirtd');
  const program = which('virsh');
  const holder = spawn(
    'unshare',
    ['--mount', '--net', '--pid', '--fork', '--kill-child', 'sh', '-c', script, folder, program === undefined ? '' : (daemon ?? '')],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const exited = once(holder, 'exit');
  const close = async () => {
    holder.stdin.end();
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const lines = createInterface({ input: holder.stdout });
    await Promise.race([
      once(lines, 'line'),
      exited.then(([code]) => Promise.reject(new Error(`the namespace could not be made (${String(code)})`))),
    ]);
    const virsh =
      daemon === undefined || program === undefined
        ? { missing: 'virsh: not measured, libvirt is not installed' }
        : await connected(program, sockets, path.join(folder, 'libvirtd.log'));
    return {
      inside: [
        'nsenter',
        `--net=/proc/${holder.pid}/ns/net`,
        'unshare',
        '--mount',
        'sh',
        '-c',
        'mount -t sysfs sysfs /sys && exec "$@"',
        'sh',
      ],
      virsh,
      [Symbol.asyncDispose]: async () => {
        if ('run' in virsh) await virsh[Symbol.asyncDispose]();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const connected = async (program: string, sockets: string, log: string): Promise<Arena['virsh']> => {
  const socket = path.join(sockets, 'libvirt-sock');
  const until = Date.now() + daemonDeadline;
  // There is no event for a socket that another process makes; nothing is measured yet.
  while (!(await isReachable(socket))) {
    if (Date.now() > until) return { missing: `virsh: not measured, libvirtd did not open its socket (${log})` };
    await pause(50);
  }
  const virsh = await connectVirsh(program, `qemu:///system?socket=${socket}`);
  try {
    await virsh.run('version');
    return virsh;
  } catch (error) {
    await virsh[Symbol.asyncDispose]();
    return { missing: `virsh: not measured, libvirtd does not answer (${String(error)})` };
  }
};
