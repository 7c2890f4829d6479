import { runDoctor, type DoctorOptions } from '../../../computer/doctor/doctor.ts';
import type { Doctor } from '../../connection.ts';
import type { JobList } from '../../jobs/job-list.ts';

/** Begins the job that runs all checks of this computer, or answers the one that goes on: it looks at the same things. */
export async function beginDoctor(
  jobs: JobList,
  options: DoctorOptions,
  begunBy: Parameters<Doctor['begin']>[0],
): ReturnType<Doctor['begin']> {
  await jobs.opened();
  const going = jobs.going('doctor').find(({ cancelledBy }) => cancelledBy === null);
  if (going !== undefined) return going;
  return jobs.begin({ kind: 'doctor', subject: '', loses: 'nothing', begunBy }, async ({ signal, note, step, amount, result }) => {
    for await (const { checks, total } of runDoctor({ ...options, note }, true, signal)) {
      const now = checks.find(({ status }) => status === 'running');
      if (now !== undefined) step({ code: 'check', check: now.title });
      amount({ done: checks.length - (now === undefined ? 0 : 1), total, unit: 'steps' });
      result({ kind: 'doctor', checks: [...checks] });
    }
  });
}
