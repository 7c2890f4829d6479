import { z } from 'zod';
import { readProcessStat } from './proc-stat.ts';

/** Names one process for good: a pid alone may be another process's a moment later. */
export const processIdentity = z.object({ pid: z.number().int().positive(), startTime: z.number().int().nonnegative() });

/** See {@link processIdentity}. `startTime` in clock ticks after boot. */
export type ProcessIdentity = z.infer<typeof processIdentity>;

/** The identity of the process that has this pid now. @returns `undefined` when there is none, or a dead one */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readProcessStat(pid);
  return stat === undefined || stat.state === 'Z' || stat.state === 'X' ? undefined : { pid, startTime: stat.startTime };
}

/** Does exactly this process still run? A zombie doesn't. */
export async function isProcessAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await identifyProcess(identity.pid))?.startTime === identity.startTime;
}
