import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { readProcessStat } from '../electron/processes/proc-stat.ts';
import type { BenchHost } from './host.ts';
import type { Comparison } from './measure.ts';

/** How long the host is left alone, and how long it is watched. ms. */
const settle = 5000;
const watch = 20_000;

/** Clock ticks of user and system time so far, 100 a second. */
const ticksOf = async (pid: number): Promise<number> => {
  const found = await readProcessStat(pid);
  if (found === undefined) throw new Error(`the process ${pid} has ended`);
  return found.cpuTicks;
};

/** Processor time that a process takes over so many ms, % of one CPU. */
export async function processorOf(pid: number, ms: number): Promise<number> {
  const before = await ticksOf(pid);
  await pause(ms);
  return ((await ticksOf(pid)) - before) / (ms / 1000); // a tick is a hundredth of a second
}

/** Resident memory, and the most that it was, MB (proc_pid_status(5), VmRSS and VmHWM in KiB). */
export function residentOf(pid: number): Promise<number> {
  return memoryOf(pid, 'VmRSS');
}
export function peakOf(pid: number): Promise<number> {
  return memoryOf(pid, 'VmHWM');
}

const memoryOf = async (pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> => {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(await readFile(`/proc/${pid}/status`, 'utf8'));
  return (Number(found?.[1]) * 1024) / 1e6;
};

/** Memory and processor time of the host process with nobody looking and nothing running. */
export async function measureIdle({ pid }: BenchHost): Promise<Comparison[]> {
  await pause(settle);
  const percent = await processorOf(pid, watch);
  return [
    { title: 'Idle host: memory', unit: 'MB', ours: { name: 'resident', samples: [await residentOf(pid)] }, others: [], atMost: 120 },
    { title: 'Idle host: processor', unit: '%', ours: { name: 'of one CPU', samples: [percent] }, others: [], atMost: 0.5 },
  ];
}
