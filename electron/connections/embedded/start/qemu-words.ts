import { TapestryError } from '../../../../shared/errors.ts';
import { describeExit, type ExitFacts } from '../../../processes/spawn-detached.ts';

/** The lines in which QEMU complains, without its name in front; warnings that don't stop a start are left out. */
const complaints = (words: string): readonly string[] =>
  words
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/\bwarning: /.test(line))
    .map((line) => line.replace(/^\S*qemu\S*: /, ''));

interface Rule {
  readonly pattern: RegExp;
  make(match: RegExpExecArray, detail: string): TapestryError;
}

/** The image that a complaint is about. */
const imageOf = (detail: string): string =>
  /Is another process using the image \[([^\]]+)\]/.exec(detail)?.[1] ??
  /(?:file=|"filename": ?"|Could not open ')([^"',]+)/.exec(detail)?.[1] ??
  'of this machine';

const rules: readonly Rule[] = [
  {
    // The guard of the start, which could not become the emulator.
    pattern: /^tapestry-serial-recorder: (.+): (.+)$/m,
    make: (match, detail) =>
      new TapestryError('qemu-missing', `The emulator ${match[1]} can't be run: ${match[2]}.`, {
        next: 'Correct the emulator in the XML.',
        path: '/domain/devices/emulator',
        detail,
      }),
  },
  {
    // block/file-posix.c: "Failed to get "write" lock" followed by "Is another process using the image [PATH]?"
    pattern: /Is another process using the image|Failed to (?:get|lock) (?:shared )?(?:"[^"]+" lock|byte)/,
    make: (_match, detail) =>
      new TapestryError('disk-locked', `Another process is using the disk image ${imageOf(detail)}.`, {
        next: 'End that process (a virtual machine of another manager, or a copy that runs), or mark the disk as shareable if both may write to it.',
        path: '/domain/devices/disk',
        detail,
      }),
  },
  {
    pattern: /Could not open '([^']+)': No such file or directory/,
    make: (match, detail) =>
      new TapestryError('disk-missing', `QEMU can't find ${match[1]}.`, {
        next: 'Put the file back, or change its path in the machine.',
        detail,
      }),
  },
  {
    pattern: /Could not open '([^']+)': (?:Permission denied|Operation not permitted)/,
    make: (match, detail) =>
      new TapestryError('disk-unreadable', `QEMU may not open ${match[1]}.`, {
        next: 'Give your user the right to read and write it.',
        detail,
      }),
  },
  {
    pattern: /Could not access KVM kernel module: (.+)|failed to initialize kvm: (.+)|invalid accelerator kvm|KVM is not supported/i,
    make: (match, detail) => kvmUnavailable(match[1] ?? match[2] ?? 'QEMU could not use it', detail),
  },
  {
    // target/i386/kvm: the processor that the host shows can't be given to a guest here.
    pattern: /failed to set MSR (0x[0-9a-f]+)/,
    make: (match, detail) =>
      new TapestryError('start-failed', `This computer's KVM refuses the processor that the machine asks for (register ${match[1]}).`, {
        next: 'Choose another CPU mode than host-passthrough or maximum, for example the default model.',
        path: '/domain/cpu',
        detail,
      }),
  },
  {
    pattern: /cannot set up guest memory '[^']*': (.+)|Cannot allocate memory/,
    make: (_match, detail) =>
      new TapestryError('start-failed', "The computer can't give the machine the memory that it asks for.", {
        next: 'Lower its memory, or end something else.',
        path: '/domain/memory',
        detail,
      }),
  },
  {
    pattern: /Address already in use/,
    make: (_match, detail) =>
      new TapestryError('start-failed', 'A port or socket that the machine needs is in use.', {
        next: 'Change the port in the machine, or end what uses it.',
        detail,
      }),
  },
  {
    // net/socket.c: IP_ADD_MEMBERSHIP, for which the kernel looks for a route to the group.
    pattern: /can't add socket to multicast group (\S+): (?:No such device|Network is unreachable)/,
    make: (match, detail) =>
      new TapestryError('start-failed', `This computer has no route to the multicast group ${match[1]}, so the NIC can't join it.`, {
        next: 'Add one, as root: ip route add 224.0.0.0/4 dev INTERFACE (the interface that leads to the other machines; lo for this computer alone).',
        path: '/domain/devices/interface/source',
        detail,
      }),
  },
  {
    pattern: /(?:Could not|Failed to|could not) find.*'(\S+\.(?:bin|rom|fd))'|romfile "([^"]+)"|could not load PC BIOS '([^']+)'/,
    make: (match, detail) =>
      new TapestryError('start-failed', `QEMU's file ${match[1] ?? match[2] ?? match[3]} is missing.`, {
        next: 'Install the firmware package of your distribution (on Debian: seabios, ovmf, ipxe-qemu).',
        detail,
      }),
  },
];

/** The error for a machine of type kvm on a computer where KVM can't be used. @param why the reason, without a full stop */
export function kvmUnavailable(why: string, detail?: string): TapestryError {
  return new TapestryError('kvm-unavailable', `The machine asks for KVM, and KVM can't be used here: ${why}.`, {
    next: 'Mend KVM (tapestry doctor says how), or let the machine run emulated, which is slower.',
    path: '/domain/@type',
    fixes: [{ kind: 'use-tcg', label: 'Use emulation (TCG)' }],
    ...(detail === undefined ? {} : { detail }),
  });
}

/**
 * Makes the error of a start that QEMU ended: QEMU's own words stay in `detail`, the sentence says what they mean where that is known.
 *
 * @param words what QEMU wrote to its log since this start
 */
export function explainQemuEnd(words: string, exit: ExitFacts | undefined): TapestryError {
  const detail = words === '' ? 'QEMU wrote nothing.' : words;
  for (const rule of rules) {
    const match = rule.pattern.exec(words);
    if (match !== null) return rule.make(match, detail);
  }
  const said = complaints(words).at(-1);
  const ended = exit === undefined ? '' : ` (${describeExit(exit)})`;
  if (said === undefined) {
    return new TapestryError('start-failed', `The emulator ended before the machine ran${ended}, and said nothing.`, {
      next: 'Check that the emulator in the XML is a QEMU and starts by itself.',
      path: '/domain/devices/emulator',
      detail,
    });
  }
  return new TapestryError('start-failed', `QEMU refused to start the machine: ${said}`, {
    next: 'Change what QEMU complains about; the detail holds all it said.',
    detail,
  });
}
