import { Progress } from '@mantine/core';
import type { Job } from '../../shared/contract/jobs.ts';
import { jobTitle, stepWords } from '../../shared/words/job-words.ts';
import { amountWords, timeLeftWords } from '../words/job-amounts.ts';

/** How far a job is: the bar where that is known, and amount, rate, step and time left. */
export function JobBar({ job }: { readonly job: Job }) {
  const words = [amountWords(job), job.step === null ? '' : stepWords(job.step)].filter((part) => part !== '').join(' · ');
  return (
    <div className="job-bar">
      {job.progress !== null && <Progress value={job.progress * 100} size={6} aria-label={`Progress of: ${jobTitle(job)}`} />}
      <p className="row small dim num">
        <span className="grow clip" title={words}>
          {words === '' ? 'Beginning' : words}
        </span>
        <span className="nowrap">{timeLeftWords(job)}</span>
      </p>
    </div>
  );
}
