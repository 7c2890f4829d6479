import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { identityOf, identityOfStats, loopDevices } from './file-identity.ts';

/** Somebody who has a file open. */
export interface FileHolder {
  /** In words: “qemu-system-x86 (1234)”, or a loop device. */
  readonly who: string;
  /** The process, where it is one that can be named. */
  readonly pid?: number;
}

/**
 * Who has a file or block device open, reader or writer, whatever its format: descriptors of the processes that may be looked at (`/proc/PID/fd`),
 * locks of all processes, other users' too (`/proc/locks`, proc(5): QEMU locks its images), and loop devices. A process of another user that
 * holds no lock can't be seen. This process itself doesn't count.
 *
 * @param except pids that don't count either
 * @returns the first one found; undefined where nobody is seen
 * @throws the system's error when the file can't be looked at
 */
export async function holderOf(path: string, except: readonly number[] = []): Promise<FileHolder | undefined> {
  const wanted = await stat(path);
  const identity = identityOfStats(wanted);
  const uncounted = new Set([process.pid, ...except]);
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry) || uncounted.has(Number(entry))) continue;
    const descriptors = await readdir(`/proc/${entry}/fd`).catch(() => []); // it ended, or is another user's
    for (const descriptor of descriptors) {
      const link = `/proc/${entry}/fd/${descriptor}`;
      // Sockets and pipes are many and no files.
      const target = await readlink(link).catch(() => '');
      if (!target.startsWith('/')) continue;
      // One that was closed since is nothing any more.
      if ((await identityOf(link)) === identity) return { who: `${await nameOf(entry)} (process ${entry})`, pid: Number(entry) };
    }
  }
  for (const { device, file } of await loopDevices()) {
    if ((await identityOf(file)) === identity) return { who: `the loop device ${device}` };
  }
  const locks = await readFile('/proc/locks', 'utf8').catch(() => '');
  for (const line of locks.split('\n')) {
    // "1: OFDLCK ADVISORY  READ -1 08:11:9312 100 101": pid, then device and inode; -1 for locks that belong to an open file.
    const [, pid, major, minor, inode] = /\s(-?\d+)\s([0-9a-f]+):([0-9a-f]+):(\d+)\s/.exec(line) ?? [];
    if (inode !== String(wanted.ino) || major === undefined || minor === undefined) continue;
    if (makeDevice(Number.parseInt(major, 16), Number.parseInt(minor, 16)) !== wanted.dev || uncounted.has(Number(pid))) continue;
    return Number(pid) > 0
      ? { who: `${await nameOf(pid ?? '')} (process ${pid})`, pid: Number(pid) }
      : { who: 'a process of another user' };
  }
  return undefined;
}

const nameOf = async (pid: string): Promise<string> => {
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  return name.trim() === '' ? 'another program' : name.trim();
};

/** Linux's 32-bit device number, as stat(2) gives it (glibc: gnu_dev_makedev). */
const makeDevice = (major: number, minor: number): number =>
  (minor & 0xff) + (major & 0xfff) * 0x100 + Math.floor(minor / 0x100) * 0x100000;
