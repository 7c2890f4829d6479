import { readFile } from 'node:fs/promises';
import { errnoOf } from '../files/if-there.ts';
import { patiently } from '../files/patiently.ts';

/** What /proc/PID/stat tells that we use (proc_pid_stat(5)). */
export interface ProcessStat {
  /** Field 3: one letter; `Z` and `X` are dead. */
  readonly state: string;
  /** Field 22: clock ticks after boot at which the process started. Together with the pid it names one process for good. */
  readonly startTime: number;
  /** Fields 14 + 15: CPU time used, clock ticks (100 per second on every Linux that Node runs on). */
  readonly cpuTicks: number;
  /** Field 24: resident pages. */
  readonly residentPages: number;
}

/** Clock ticks per second of /proc/PID/stat: USER_HZ, which Linux keeps at 100 for user space. */
export const clockTicksPerSecond = 100;

/** Reads the text of a /proc/PID/stat. @returns `undefined` when it is not one */
export function parseProcessStat(text: string): ProcessStat | undefined {
  // The command name stands in parentheses and may itself contain spaces and parentheses: count from the last one.
  const close = text.lastIndexOf(')');
  if (close === -1) return undefined;
  const fields = text.slice(close + 2).split(' ');
  const number = (field: number) => Number(fields[field - 3]);
  const stat = { state: fields[0] ?? '', startTime: number(22), cpuTicks: number(14) + number(15), residentPages: number(24) };
  return stat.state === '' || [stat.startTime, stat.cpuTicks, stat.residentPages].some(Number.isNaN) ? undefined : stat;
}

/** Reads the present state of a process. @returns `undefined` when there is none with this pid @throws the system's error when it can't be read now */
export async function readProcessStat(pid: number): Promise<ProcessStat | undefined> {
  try {
    return parseProcessStat(await patiently(() => readFile(`/proc/${pid}/stat`, 'utf8')));
  } catch (error) {
    // ESRCH: it ended between the open and the read.
    if (['ENOENT', 'ESRCH'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** Is there a process with this pid that is stopped, by a signal or by a debugger (`T`, `t` in proc_pid_stat(5))? @throws as {@link readProcessStat} */
export async function isStopped(pid: number): Promise<boolean> {
  return ['T', 't'].includes((await readProcessStat(pid))?.state ?? '');
}
