import { errnoOf } from '../files/if-there.ts';
import { mayPass } from '../files/patiently.ts';
import { isProcessAlive, type ProcessIdentity } from './process-identity.ts';
import { isStopped } from './proc-stat.ts';

/** How long QEMU may take to end after SIGTERM before SIGKILL, ms (libvirt waits 10 s). */
export const defaultTermGrace = 10_000;

/**
 * How often a process that isn't our child is looked at while it ends, ms: the kernel has no event for that which Node can use. Most end within
 * the first looks; one that is waited for longer is looked at less and less often.
 */
const firstLook = 20;
const rarestLook = 250;

/** How often a process that was told to end is looked at whether it is stopped, ms: then nothing is worth waiting for. */
const stoppedLook = 1_000;

/** After SIGKILL a process in uninterruptible sleep (dead NFS) may stay: how long to wait before saying so, ms. */
const killPatience = 30_000;

/** Sends a signal to exactly this process. @returns false when it had already ended */
export async function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): Promise<boolean> {
  if (!(await isProcessAlive(identity))) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false;
    throw error;
  }
}

/** A look that the system refuses for a moment (no descriptors) is no end. */
const mayBeAlive = async (identity: ProcessIdentity): Promise<boolean> => {
  try {
    return await isProcessAlive(identity);
  } catch (error) {
    if (mayPass(error)) return true;
    throw error;
  }
};

/** Waits for the end of a process that was told to. @returns false when it doesn't end in time, or is stopped and can't */
const endsByItself = async (identity: ProcessIdentity, grace: number): Promise<boolean> => {
  for (let left = grace; left > 0; left -= stoppedLook) {
    if (await waitForEnd(identity, Math.min(left, stoppedLook))) return true;
    if (await isStopped(identity.pid)) return false;
  }
  return false;
};

/** Waits until the process is gone. @returns false when it is still there after `patience` ms */
export async function waitForEnd(identity: ProcessIdentity, patience: number): Promise<boolean> {
  const until = Date.now() + patience;
  let pause = firstLook;
  while (await mayBeAlive(identity)) {
    const left = until - Date.now();
    if (left <= 0) return false;
    const wait = Math.min(pause, left);
    await new Promise((resolve) => {
      setTimeout(resolve, wait);
    });
    pause = Math.min(pause * 1.25, rarestLook);
  }
  return true;
}

/**
 * Ends a process: SIGTERM, then SIGKILL when it is still there after `grace` ms (0: SIGKILL at once). A stopped one would not hear SIGTERM before
 * it goes on, so SIGCONT follows (as systemd.kill(5) does): QEMU writes what it holds in its caches. One that stays stopped all the same, since a
 * debugger has it, is killed after a second.
 * Each signal goes out only after pid and start time were compared.
 *
 * @returns how it ended: `term`, `kill`, `gone` (it had ended before), or `stuck` (the kernel can't end it yet)
 */
export async function endProcess(identity: ProcessIdentity, grace = defaultTermGrace): Promise<'term' | 'kill' | 'gone' | 'stuck'> {
  if (grace > 0) {
    if (!(await signalProcess(identity, 'SIGTERM'))) return 'gone';
    if (!(await signalProcess(identity, 'SIGCONT')) || (await endsByItself(identity, grace))) return 'term';
  }
  if (!(await signalProcess(identity, 'SIGKILL'))) return grace > 0 ? 'term' : 'gone';
  return (await waitForEnd(identity, killPatience)) ? 'kill' : 'stuck';
}
