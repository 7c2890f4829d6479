import { Button, Progress } from '@mantine/core';
import { stepWords } from '../../shared/words/job-words.ts';
import type { JobAtPlace } from '../state/job-place.ts';
import { amountWords } from '../words/job-amounts.ts';

/** A job that goes on, at the place that began it: how far, what it does, and a way to cancel it. */
export function JobProgress({ at: { job, cancel }, label }: { readonly at: Pick<JobAtPlace, 'job' | 'cancel'>; readonly label: string }) {
  const words = [job?.step ? stepWords(job.step) : 'Beginning', job?.amount?.unit === 'bytes' ? amountWords(job) : ''].filter(
    (part) => part !== '',
  );
  return (
    <output className="row">
      {job?.progress !== null && <Progress value={(job?.progress ?? 0) * 100} w={200} aria-label={label} />}
      <span className="small dim grow num">{words.join(', ')}</span>
      <Button onClick={cancel} aria-disabled={job === undefined || job.cancel === null}>
        Cancel
      </Button>
    </output>
  );
}
