import { open, readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { NicStep } from '../../../shared/contract/nic-steps.ts';
import type { Interface, InterfaceIp, PortForward, PortRange } from '../../../shared/domain/interface.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { findProgram } from '../../processes/find-program.ts';
import { identifyProcess, type ProcessIdentity } from '../../processes/process-identity.ts';
import { now } from '../helper/clock.ts';
import type { NicRecord } from './nic-record.ts';
import { byTapestry } from './step-authors.ts';
import { spawnProcess } from '../../processes/spawn-process.ts';

/** A passt that serves one NIC; it ends by itself when QEMU closes the other end of `socket`. */
export interface Passt {
  readonly pid: number;
  readonly program: string;
}

/** One with the other end of its stream, which is QEMU's. */
export interface PasstWithSocket extends Passt {
  readonly socket: Socket;
}

const range = ({ start, end, to, exclude }: PortRange): string => {
  const from = `${exclude === true ? '~' : ''}${start}${end === undefined ? '' : `-${end}`}`;
  if (to === undefined) return from;
  return `${from}:${to}${end === undefined ? '' : `-${to + end - start}`}`;
};

/**
 * `[address][%device]/ports`, ports `all` or a comma list (passt's man page, `--tcp-ports`). Of a list passt takes what it gets, and ends
 * only when it gets none: so each range stands for itself, unless some are left out of others.
 */
const forwards = ({ address, dev, ranges }: PortForward): readonly string[] => {
  const where = `${address ?? ''}${dev === undefined ? '' : `%${dev}`}`;
  const together = ranges.length === 0 || ranges.some(({ exclude }) => exclude === true);
  const lists = together ? [ranges.length === 0 ? 'all' : ranges.map(range).join(',')] : ranges.map(range);
  return lists.map((list) => `${where === '' ? '' : `${where}/`}${list}`);
};

const address = ({ address: text, prefix, family }: InterfaceIp): string[] => [
  '--address',
  text,
  ...(prefix === undefined || family === 'ipv6' ? [] : ['--netmask', String(prefix)]),
];

/** passt's arguments for a NIC; descriptor 3 is the socket to QEMU. Pure. */
export function passtArguments(nic: Interface): readonly string[] {
  return [
    '--foreground',
    '--quiet',
    '--fd',
    '3',
    ...(nic.mtu === undefined ? [] : ['--mtu', String(nic.mtu)]),
    ...(nic.source.type === 'user' && nic.source.dev !== undefined ? ['--interface', nic.source.dev] : []),
    ...(nic.backend?.logFile === undefined ? [] : ['--log-file', nic.backend.logFile]),
    ...(nic.backend?.hostname === undefined ? [] : ['--hostname', nic.backend.hostname]),
    ...(nic.backend?.fqdn === undefined ? [] : ['--fqdn', nic.backend.fqdn]),
    ...nic.ips.flatMap(address),
    ...nic.portForwards.flatMap((entry) => forwards(entry).flatMap((one) => [entry.proto === 'tcp' ? '--tcp-ports' : '--udp-ports', one])),
  ];
}

/**
 * Starts passt for a NIC, detached: it outlives us and ends with QEMU. Its words go to `log`.
 * @param connected a connection to QEMU, of which passt gets a copy; without one, a new stream is made, and its other end returned
 * @throws TapestryError host-missing when passt isn't installed; start-failed when it ends at once, with its words
 */
export function startPasst(nic: Interface, log: string): Promise<PasstWithSocket>;
export function startPasst(nic: Interface, log: string, connected: Socket): Promise<Passt>;
export async function startPasst(nic: Interface, log: string, connected?: Socket): Promise<Passt | PasstWithSocket> {
  const program = await findProgram('passt');
  if (program === undefined) {
    throw new TapestryError('host-missing', 'passt is not installed, so this network can’t be made.', {
      next: 'Install the package passt, or take the passt backend out of the interface.',
      path: `${nic.path}/backend/@type`,
    });
  }
  const output = await open(log, 'w', 0o600);
  try {
    const child = spawnProcess(program, passtArguments(nic), {
      stdio: ['ignore', output.fd, output.fd, connected ?? 'pipe'],
      detached: true,
    });
    const failed = new Promise<string>((resolve) => {
      child.on('error', (error) => resolve(error.message));
      child.on('exit', (code, signal) => resolve(`ended with ${signal === null ? `status ${code}` : `signal ${signal}`}`));
    });
    // Bad options end it within a moment; there is no sign of readiness, and none is needed: the socket is connected already.
    const early = await Promise.race([failed, delay(150, null)]);
    const socket = child.stdio[3] as Socket | null;
    if (early !== null || child.pid === undefined) {
      socket?.destroy();
      throw passtError(nic, await readWords(log), early ?? 'it could not be started');
    }
    child.unref();
    socket?.on('error', () => undefined); // its end is watched by QEMU, not by us
    return { pid: child.pid, program, ...(socket === null ? {} : { socket }) };
  } finally {
    await output.close();
  }
}

/** Lines of passt that say nothing of why it ended: that there is no system log here, and whom it runs as. */
const noise = /^(?:failed to send \d+ bytes to syslog|don.t run as root)/i;

/** Which range of the NIC's forwards an option of passt's (`-t 4571:22`, as passt quotes it) came from. */
const rangeOf = (nic: Interface, option: string) => {
  const proto = option.startsWith('-u') || option.startsWith('--udp') ? 'udp' : 'tcp';
  const value = option.slice(option.indexOf(' ') + 1);
  for (const entry of nic.portForwards.filter((one) => one.proto === proto)) {
    const place = forwards(entry).indexOf(value);
    if (place < 0) continue;
    const alone = forwards(entry).length === entry.ranges.length;
    const at = entry.ranges.length > 1 ? `/range[${place + 1}]` : '/range';
    return { entry, ports: alone ? entry.ranges[place] : undefined, path: alone ? `${entry.path}${at}/@start` : entry.path };
  }
  return undefined;
};

/**
 * Why a passt ended at once. It says much before it says why: the last line that isn't noise does. Pure.
 * @param early how it ended, in words
 */
export function passtError(nic: Interface, words: string, early: string): TapestryError {
  const lines = words.split('\n').map((line) => line.trim());
  const reason = lines.findLast((line) => line !== '' && !noise.test(line));
  const detail = words === '' ? early : words;
  // Since 2025: Failed to bind port 4571 (Address already in use) for option '-t 4571:22'.
  const option = /^failed to bind .*for (?:option )?'(-[^']+)'/i.exec(reason ?? '')?.[1];
  const found = option === undefined ? undefined : rangeOf(nic, option);
  if (found === undefined)
    return new TapestryError('start-failed', `passt can’t serve this interface: ${reason ?? early}`, { path: nic.path, detail });
  const { entry, ports, path } = found;
  const many = ports === undefined || ports.end !== undefined;
  const which = ports === undefined ? '' : ` ${ports.start}${ports.end === undefined ? '' : ` to ${ports.end}`}`;
  const host = entry.address === undefined ? 'this computer' : entry.address;
  const doubts = [
    many ? 'are in use' : 'is in use',
    ...((ports?.start ?? 0) < 1024 ? ['may not be used by you'] : []),
    ...(entry.address === undefined ? [] : ['the address isn’t this computer’s']),
  ];
  return new TapestryError(
    'start-failed',
    `${entry.proto === 'tcp' ? 'TCP' : 'UDP'} port${many ? 's' : ''}${which} of ${host} ${doubts.join(', or ')}.`,
    {
      next: 'Choose another host port, or stop what uses it.',
      path,
      detail,
    },
  );
}

/** The passt of a NIC's record; undefined when it has ended: the pid may be another process's now. */
export async function livingPasst(pid: number): Promise<ProcessIdentity | undefined> {
  const identity = await identifyProcess(pid);
  if (identity === undefined) return undefined;
  try {
    return (await readFile(`/proc/${pid}/comm`, 'utf8')).startsWith('passt') ? identity : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined; // it ended meanwhile
    throw error;
  }
}

/** What a NIC’s record says of its passt. */
export type PasstStarted = Pick<NicRecord, 'createdBy' | 'timeline'> & { readonly processId: number };

/** A NIC’s record begins so when a passt serves it. */
export function passtStarted({ pid }: Passt): PasstStarted {
  const step: NicStep = { at: now(), kind: 'created', made: { type: 'passt', pid }, by: byTapestry() };
  return { processId: pid, createdBy: { who: 'passt', pid, at: step.at }, timeline: [step] };
}

const readWords = async (log: string): Promise<string> => {
  const file = await open(log, 'r');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(2000), 0, 2000, 0);
    return buffer.toString('utf8', 0, bytesRead).trim();
  } finally {
    await file.close();
  }
};
