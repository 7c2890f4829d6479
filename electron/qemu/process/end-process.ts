import { isProcessAlive, type ProcessIdentity } from './process-identity.ts';

/** How long QEMU may take to end after SIGTERM before SIGKILL, ms (libvirt waits 10 s). */
export const defaultTermGrace = 10_000;

/**
 * How often a process that isn't our child is looked at while it ends, ms: the kernel has no event for that which Node can use. Most end within
 * the first looks; one that is waited for longer is looked at less and less often.
 */
const firstLook = 20;
const rarestLook = 250;

/** After SIGKILL a process in uninterruptible sleep (dead NFS) may stay: how long to wait before saying so, ms. */
const killPatience = 30_000;

/** Sends a signal to exactly this process. @returns false when it had already ended */
export const signalProcess = async (identity: ProcessIdentity, signal: NodeJS.Signals): Promise<boolean> => {
  if (!(await isProcessAlive(identity))) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
};

/** Waits until the process is gone. @returns false when it is still there after `patience` ms */
export const waitForEnd = async (identity: ProcessIdentity, patience: number): Promise<boolean> => {
  const until = Date.now() + patience;
  let pause = firstLook;
  while (await isProcessAlive(identity)) {
    const left = until - Date.now();
    if (left <= 0) return false;
    const wait = Math.min(pause, left);
    await new Promise((resolve) => {
      setTimeout(resolve, wait);
    });
    pause = Math.min(pause * 1.25, rarestLook);
  }
  return true;
};

/**
 * Ends a process: SIGTERM, then SIGKILL when it is still there after `grace` ms (0: SIGKILL at once).
 * Each signal goes out only after pid and start time were compared.
 *
 * @returns how it ended: `term`, `kill`, `gone` (it had ended before), or `stuck` (the kernel can't end it yet)
 */
export const endProcess = async (identity: ProcessIdentity, grace = defaultTermGrace): Promise<'term' | 'kill' | 'gone' | 'stuck'> => {
  if (grace > 0) {
    if (!(await signalProcess(identity, 'SIGTERM'))) return 'gone';
    if (await waitForEnd(identity, grace)) return 'term';
  }
  if (!(await signalProcess(identity, 'SIGKILL'))) return grace > 0 ? 'term' : 'gone';
  return (await waitForEnd(identity, killPatience)) ? 'kill' : 'stuck';
};
