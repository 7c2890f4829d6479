import type { Job } from '../../shared/contract/jobs.ts';
import { timeLeft } from '../../shared/words/job-words.ts';
import { formatBytes, formatSpan } from './format.ts';

/** How much of a job is done: `24.8 GiB of 40 GiB, 310 MiB/s`, `3 of 7 steps`; empty where nobody knows. */
export function amountWords({ amount }: Pick<Job, 'amount'>): string {
  if (amount === null) return '';
  const { done, total, unit, perSecond } = amount;
  if (unit === 'steps') return total === null ? '' : `${String(Math.floor(done))} of ${String(total)} steps`;
  const so = total === null ? formatBytes(done) : `${formatBytes(done)} of ${formatBytes(total)}`;
  return perSecond === null || perSecond === 0 ? so : `${so}, ${formatBytes(perSecond)}/s`;
}

/** How long something took: below ten seconds exactly (`38 ms`, `4.2 s`), else as any span. */
export function tookWords(ms: number): string {
  if (ms < 1000) return `${ms.toFixed(0)} ms`;
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : formatSpan(ms);
}

/** How long it takes yet: `50 s left`; empty where nobody can tell. */
export function timeLeftWords(job: Pick<Job, 'amount'>): string {
  const left = timeLeft(job);
  return left === null ? '' : `${formatSpan(Math.max(1000, left))} left`;
}

/** A whole number of per cent: `62 %`; empty where nobody can tell. */
export function percentWords({ progress }: Pick<Job, 'progress'>): string {
  return progress === null ? '' : `${String(Math.floor(progress * 100))} %`;
}
