import type { CpioEntry } from './cpio.ts';

/** Drivers of the guest: what a machine of ours can have, the power button, and file systems. */
export const wantedModules: readonly string[] = [
  'virtio_pci',
  'virtio_mmio',
  'virtio_net',
  'virtio_blk',
  'virtio_console',
  'virtio_rng',
  'virtio_balloon',
  'virtio_scsi',
  'sd_mod',
  'sr_mod',
  'ata_piix',
  'ahci',
  'e1000',
  'e1000e',
  '8139cp',
  // The ACPI power button, and the device file acpid reads it from.
  'button',
  'evdev',
  'pvpanic_pci',
  'i6300esb',
  'ext4',
  'isofs',
  '8021q',
];

const executable = (path: string, content: string): CpioEntry => ({ path, kind: 'file', mode: 0o755, content });
const text = (path: string, content: string, mode = 0o644): CpioEntry => ({ path, kind: 'file', mode, content });

/** The kernel starts this first. Modules are loaded in their order, so nothing needs an index of them. */
const init = `#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
exec </dev/console >/dev/console 2>&1
mkdir -p /dev/pts /dev/shm /run
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
while read -r module; do insmod "/lib/modules/$module.ko" 2>/dev/null; done </lib/modules/order
exec /sbin/init
`;

/** Words of the kernel command line: \`option NAME\` prints the value of the last tapestry.NAME=. */
const options = `option() {
  local word value=
  for word in $(cat /proc/cmdline); do
    case $word in "tapestry.$1="*) value=\${word#*=} ;; esac
  done
  printf %s "$value"
}
`;

/** What the kernel notes after this (a mounted disk, a link that came up) goes to dmesg only: it would stand in the middle of a prompt. */
const startup = `#!/bin/sh
echo 4 >/proc/sys/kernel/printk
. /etc/options.sh
name=$(option hostname)
hostname "\${name:-demo}"
printf '127.0.0.1 localhost %s\\n::1 localhost\\n' "$(hostname)" >/etc/hosts
ip link set lo up
for nic in /sys/class/net/*; do
  [ -e "$nic/device" ] && /sbin/bring-up "\${nic##*/}"
done
uevent /sbin/device-event >/dev/null 2>&1 &
[ "$(option acpi)" = ignore ] || { acpid -f -l /run/acpid.log >/dev/null 2>&1 & }
[ -n "$(option disk)" ] && /sbin/mount-disk /dev/vda >/run/mount-disk.log 2>&1 &
:
`;

/** Consoles that have a login where they are there. */
const consoles = ['ttyS0', 'ttyS1', 'ttyS2', 'ttyS3', 'hvc0', 'tty1'];

/**
 * Started by init, not in the background of a script: a shell starts background commands with SIGINT ignored, what they
 * start inherits that, and Ctrl+C would do nothing. ttyS1 and above always have a device file, so the driver is asked.
 */
const keepLogin = `#!/bin/sh
case $1 in
  ttyS*) grep -q "^\${1#ttyS}: uart:[^u]" /proc/tty/driver/serial 2>/dev/null || exit 0 ;;
  *) [ -c "/dev/$1" ] || exit 0 ;;
esac
. /etc/options.sh
case $1 in tty[0-9]*) kind=linux ;; *) kind=vt220 ;; esac
while :; do
  if [ -n "$(option autologin)" ]; then getty -L -n -l /sbin/root-shell 115200 "$1" "$kind"
  else getty -L 115200 "$1" "$kind"; fi
  sleep 1
done
`;

const rootShell = `#!/bin/sh
export HOME=/root USER=root LOGNAME=root SHELL=/bin/sh ENV=/etc/profile PATH=/usr/sbin:/usr/bin:/sbin:/bin
cd /root
exec sh -i
`;

/** An address by DHCP in the background (or a fixed one: tapestry.ip=eth0,10.0.0.2/24), so that the prompt waits for nothing. */
const bringUp = `#!/bin/sh
. /etc/options.sh
ip link set "$1" up
fixed=$(option ip)
case $fixed in
  none) exit 0 ;;
  "$1",*) exec ip addr add "\${fixed#*,}" dev "$1" ;;
esac
exec udhcpc -i "$1" -b -t 5 -T 1 -A 5 -p "/run/dhcp.$1.pid" -s /sbin/lease -x "hostname:$(hostname)" >"/run/dhcp.$1.log" 2>&1 &
`;

const lease = `#!/bin/sh
case $1 in
  deconfig)
    ip -4 addr flush dev "$interface"
    ip link set "$interface" up
    ;;
  bound | renew)
    ip -4 addr flush dev "$interface"
    ip addr add "$ip/\${mask:-24}" dev "$interface"
    for gateway in $router; do
      ip route add default via "$gateway" dev "$interface" 2>/dev/null
      break
    done
    for server in $dns; do echo "nameserver $server"; done >/etc/resolv.conf
    ;;
esac
:
`;

/** Run for each kernel event, with the event in the environment. */
const deviceEvent = `#!/bin/sh
case $ACTION:$SUBSYSTEM in
  add:net) [ -e "/sys/class/net/$INTERFACE/device" ] && /sbin/bring-up "$INTERFACE" ;;
  remove:net) [ -f "/run/dhcp.$INTERFACE.pid" ] && kill "$(cat "/run/dhcp.$INTERFACE.pid")" ;;
  add:cpu) [ "$(cat "/sys$DEVPATH/online")" = 0 ] && echo 1 >"/sys$DEVPATH/online" ;;
  add:memory) echo online >"/sys$DEVPATH/state" ;;
esac 2>/dev/null
:
`;

/** A file system is made on the demo's own disk the first time; anything but zeros at its beginning is left alone. */
const mountDisk = `#!/bin/sh
[ -b "$1" ] || exit 0
mount -t ext4 "$1" /data 2>/dev/null && exit 0
[ "$(head -c 1048576 "$1" | tr -d '\\000' | head -c 1 | wc -c)" = 0 ] || exit 1
mke2fs -L data "$1" && mount -t ext4 "$1" /data
`;

const powerButton = `#!/bin/sh
echo "The power button was pressed: shutting down." >/dev/console
exec poweroff
`;

/** What people read above the prompt. */
const issue = `
Tapestry demo machine: log in as root, password guest.

`;

const motd = `
This machine is a Linux kernel and busybox in memory. /data is its disk, and survives a restart.
`;

/** Password "guest" (SHA-512 crypt, few rounds: an emulated CPU has to do them). */
const shadow =
  'root:$6$rounds=1000$tapestry$hOYOZPx3ScQO.kIFKIGLpkzpjCP77YenLFoCQsHFmR0bLmkH86CD8bfs4EgFGh2J5tYdIJJVL0u.qoB8Aa/4n0:19000:0:99999:7:::\n';

/** Everything of the guest's root file system that isn't busybox or a kernel module. */
export const guestFiles: readonly CpioEntry[] = [
  ...['proc', 'sys', 'run', 'tmp', 'mnt', 'data', 'var/log'].map((path): CpioEntry => ({ path, kind: 'directory' })),
  { path: 'root', kind: 'directory', mode: 0o700 },
  { path: 'var/run', kind: 'link', target: '/run' },
  { path: 'dev/console', kind: 'device', mode: 0o600, major: 5, minor: 1 },
  { path: 'dev/null', kind: 'device', mode: 0o666, major: 1, minor: 3 },
  executable('init', init),
  executable('etc/startup', startup),
  executable('etc/stop', '#!/bin/sh\numount /data 2>/dev/null\nsync\n'),
  executable('etc/acpi/PWRF/00000080', powerButton),
  executable('sbin/keep-login', keepLogin),
  executable('sbin/root-shell', rootShell),
  executable('sbin/bring-up', bringUp),
  executable('sbin/lease', lease),
  executable('sbin/device-event', deviceEvent),
  executable('sbin/mount-disk', mountDisk),
  text('etc/options.sh', options),
  text(
    'etc/inittab',
    [
      '::sysinit:/etc/startup',
      // With /dev/null for a terminal: init makes a child's terminal sane before it runs it, and without a name that is the console, where the
      // shell of an earlier child may have its prompt by then. It would echo the terminal's answers beside it.
      ...consoles.map((name) => `null::once:/sbin/keep-login ${name}`),
      '::ctrlaltdel:/sbin/reboot',
      '::shutdown:/etc/stop',
      '',
    ].join('\n'),
  ),
  text('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n'),
  text('etc/group', 'root:x:0:\n'),
  text('etc/shadow', shadow, 0o600),
  text('etc/shells', '/bin/sh\n'),
  text('etc/securetty', [...consoles, ''].join('\n')),
  text('etc/profile', "export PATH=/usr/sbin:/usr/bin:/sbin:/bin PS1='\\h:\\w# '\n"),
  text('etc/issue', issue),
  text('etc/motd', motd),
  text('etc/os-release', 'NAME="Tapestry demo"\nID=tapestry-demo\nPRETTY_NAME="Tapestry demo machine"\n'),
];
