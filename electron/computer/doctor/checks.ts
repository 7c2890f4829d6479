import { mkdir, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { getuid } from 'node:process';
import type { HostCheck } from '../../../shared/contract/computer.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { findRecorderProgram } from '../../consoles/recorder-program.ts';
import { findProgram } from '../../processes/find-program.ts';
import { statIfThere } from '../../files/if-there.ts';
import { accessListFile, allowCommand, allowLine } from '../../network/helper/access-list.ts';
import { NetworkHelper } from '../../network/helper/helper.ts';
import { emulatorName, programVersion } from './emulator.ts';
import { findUefiFirmware } from './uefi-firmware.ts';

/** What a check found. */
export type Finding = Omit<HostCheck, 'id' | 'title'>;

/** Oldest QEMU whose options we speak. */
const oldestQemu = [6, 2] as const;

/** Least free space without a warning, and without an error, bytes. */
const enoughSpace = 2 * 1024 ** 3;
const tooLittleSpace = 100 * 1024 ** 2;

const gibibytes = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;

/** An error as a finding: its sentence, its next step, its command. */
export function findingOf(error: unknown, status: 'error' | 'warning' = 'error'): Finding {
  if (!(error instanceof TapestryError))
    return { status, message: 'This could not be checked.', detail: error instanceof Error ? error.message : String(error) };
  const { message, next, detail, fixes } = error.data;
  const command = fixes?.find((fix) => fix.kind === 'copy-command')?.value;
  return {
    status,
    message: next === undefined ? message : `${message} ${next}`,
    ...(command === undefined ? {} : { command }),
    ...(detail === undefined ? {} : { detail }),
  };
}

/** QEMU itself: there, and new enough. */
export async function checkQemu(): Promise<Finding> {
  const name = emulatorName();
  const file = await findProgram(name);
  if (file === undefined) {
    return { status: 'error', message: `${name} is not installed.`, command: 'sudo apt-get install qemu-system-x86' };
  }
  const version = await programVersion(file);
  if (version === undefined) return { status: 'error', message: `${file} is not a QEMU, or can’t be run.` };
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < oldestQemu[0] || (major === oldestQemu[0] && minor < oldestQemu[1])) {
    return { status: 'error', message: `QEMU ${version} is too old: Tapestry needs ${oldestQemu.join('.')} or newer.`, detail: file };
  }
  return { status: 'ok', message: `QEMU ${version}`, detail: file };
}

/** qemu-img, which creates disks. */
export async function checkQemuImg(): Promise<Finding> {
  const file = await findProgram('qemu-img');
  if (file === undefined)
    return { status: 'error', message: 'qemu-img is not installed: disks can’t be created.', command: 'sudo apt-get install qemu-utils' };
  return { status: 'ok', message: `qemu-img ${(await programVersion(file)) ?? ''}`.trim(), detail: file };
}

/** The privileged helper: without it machines have user-mode networking only. */
export async function checkNetworkHelper(helper = new NetworkHelper()): Promise<Finding> {
  try {
    const { program, tun, taps } = await helper.check();
    if (!tun) return { ...(await tunObstacle()), detail: program };
    if (!taps)
      return {
        status: 'warning',
        message: `The network helper is ready, but its access list (${accessListFile}) lets you put no machine on any bridge.`,
        command: allowCommand(allowLine('tap', 'vmbr*'), allowLine('manage', 'vmbr*'), allowLine('name', '*')),
        detail: program,
      };
    return { status: 'ok', message: 'The network helper is there and has its privilege.', detail: program };
  } catch (error) {
    return findingOf(error, 'warning');
  }
}

/** Why TAPs can’t be opened, and what mends it: the kernel's module is missing, or the device is closed (udev opens it to everybody). */
export async function tunObstacle(device = '/dev/net/tun'): Promise<Finding> {
  if ((await statIfThere(device)) === undefined)
    return { status: 'warning', message: `The network helper is ready, but there is no ${device}.`, command: 'sudo modprobe tun' };
  return {
    status: 'warning',
    message: `The network helper is ready, but you may not open ${device}.`,
    command: `sudo chmod 0666 ${device}`,
  };
}

/**
 * Nodes of macvtaps that the helper makes: a rule of udev opens them to members of a group; root needs none.
 * @param folders where udev looks for rules
 */
export async function checkMacvtap(
  folders: readonly string[] = ['/etc/udev/rules.d', '/run/udev/rules.d', '/usr/lib/udev/rules.d'],
  root = getuid?.() === 0,
): Promise<Finding> {
  if (root) return { status: 'ok', message: 'Root may use macvtaps (NICs of type direct).' };
  const name = '70-tapestry-macvtap.rules';
  for (const folder of folders) {
    const file = path.join(folder, name);
    if ((await statIfThere(file)) !== undefined)
      return { status: 'ok', message: 'Members of the group tapestry may use macvtaps (NICs of type direct).', detail: file };
  }
  return {
    status: 'warning',
    message: 'NICs of type direct (macvtap) work as root only: no rule of udev opens their nodes to you.',
    command: `sudo install -m 0644 net-helper/${name} /etc/udev/rules.d/`,
    detail: 'In the folder of Tapestry’s sources; its package does it. Then: sudo udevadm control --reload; and join the group tapestry.',
  };
}

/** The serial recorder: without it no machine with a serial port starts. */
export async function checkSerialRecorder(): Promise<Finding> {
  try {
    return { status: 'ok', message: 'The serial recorder is built.', detail: findRecorderProgram() };
  } catch (error) {
    return findingOf(error);
  }
}

/** Free space where images and recordings go. */
export async function checkDiskSpace(directories: readonly string[]): Promise<Finding> {
  let worst: { directory: string; free: number } | undefined;
  for (const directory of new Set(directories)) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = await statfs(directory);
    if (worst === undefined || bavail * bsize < worst.free) worst = { directory, free: bavail * bsize };
  }
  if (worst === undefined) return { status: 'skipped', message: 'There is no directory to look at.' };
  const message = `${gibibytes(worst.free)} free in ${worst.directory}.`;
  if (worst.free < tooLittleSpace) return { status: 'error', message: `Nearly no space left: ${message}` };
  return worst.free < enoughSpace ? { status: 'warning', message: `Little space left: ${message}` } : { status: 'ok', message };
}

/** Does the state directory belong to this user, closed to others' writing? */
export async function checkStateDirectory(directory: string): Promise<Finding> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const found = await stat(directory);
    if (found.uid !== getuid?.()) {
      return {
        status: 'error',
        message: `${directory} belongs to another user (uid ${found.uid}).`,
        command: `sudo chown -R "$USER" ${directory}`,
      };
    }
    if ((found.mode & 0o022) !== 0)
      return { status: 'warning', message: `${directory} can be written by others.`, command: `chmod go-w ${directory}` };
    return { status: 'ok', message: `${directory} belongs to you.` };
  } catch (error) {
    return findingOf(error);
  }
}

/** UEFI firmware, for machines that boot by it. */
export async function checkUefi(): Promise<Finding> {
  const file = await findUefiFirmware();
  if (file !== undefined) return { status: 'ok', message: 'UEFI firmware is installed.', detail: file };
  return {
    status: 'warning',
    message: 'No UEFI firmware is installed: machines can boot by BIOS only.',
    command: 'sudo apt-get install ovmf',
  };
}

/** swtpm: emulated TPMs, which Windows 11 asks for. */
export async function checkSwtpm(): Promise<Finding> {
  const file = await findProgram('swtpm');
  if (file !== undefined) return { status: 'ok', message: 'swtpm is installed.', detail: file };
  return {
    status: 'warning',
    message: 'swtpm is not installed: machines with an emulated TPM can’t be started.',
    command: 'sudo apt-get install swtpm',
  };
}

/** passt: user-mode networking without QEMU's limits. */
export async function checkPasst(): Promise<Finding> {
  const file = await findProgram('passt');
  if (file !== undefined) return { status: 'ok', message: 'passt is installed.', detail: file };
  return {
    status: 'warning',
    message: 'passt is not installed: NICs that ask for it can’t be used; QEMU’s own user mode can.',
    command: 'sudo apt-get install passt',
  };
}
