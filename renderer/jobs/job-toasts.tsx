import { notifications } from '@mantine/notifications';
import { useEffect, useRef } from 'react';
import type { Job, JobState } from '../../shared/contract/jobs.ts';
import { endedTitle } from '../../shared/words/job-words.ts';
import { isFollowed } from '../state/job-place.ts';
import { useJobsDrawer } from '../state/jobs-drawer.ts';
import { useJobs } from '../state/use-jobs.ts';

const keyOf = ({ connection, id }: Job): string => `${connection} ${String(id)}`;

/** A notice of each job that ends, unless its form follows it or the drawer shows it: each end is told once. */
export function JobToasts() {
  const { jobs } = useJobs();
  const before = useRef<ReadonlyMap<string, JobState> | null>(null);
  useEffect(() => {
    if (!jobs) return;
    const known = before.current;
    before.current = new Map(jobs.map((job) => [keyOf(job), job.state]));
    for (const job of jobs) {
      if (job.state === 'running' || known?.get(keyOf(job)) !== 'running') continue;
      if (isFollowed(job) || useJobsDrawer.getState().open) continue;
      notifications.show({ message: `${endedTitle(job)}.` });
    }
  }, [jobs]);
  return null;
}
