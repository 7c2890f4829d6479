import { Button } from '@mantine/core';
import { IconCircle, IconCircleCheck, IconLoader2 } from '@tabler/icons-react';
import type { Job } from '../../shared/contract/jobs.ts';
import { asksBeforeCancel, cancelCost, leftoverWords, stepWords } from '../../shared/words/job-words.ts';
import { CopyButton } from '../components/copy-button.tsx';
import { ErrorCallout } from '../components/error-callout.tsx';
import { HostButton } from '../components/host-button.tsx';
import { useNow } from '../components/use-now.ts';
import { useJobsDrawer } from '../state/jobs-drawer.ts';
import { useApi } from '../state/services.ts';
import { formatClock, formatSpan } from '../words/format.ts';
import { amountWords, percentWords, timeLeftWords, tookWords } from '../words/job-amounts.ts';
import { JobBar } from './job-bar.tsx';
import { useCancelJob } from './use-cancel-job.ts';

const hostWords: Record<Job['begunBy']['host'], string> = {
  desktop: 'the desktop window',
  browser: 'a browser window',
  cli: 'the command line',
};

/** One job: how far it is, its steps with their times, what cancelling would take away, what was left. */
export function JobDetails({ job }: { readonly job: Job }) {
  const api = useApi();
  const cancel = useCancelJob();
  const show = useJobsDrawer((state) => state.show);
  const now = useNow(1000);
  const { connection, id, begunBy } = job;
  const number = [percentWords(job), amountWords(job), timeLeftWords(job)].filter((part) => part !== '');
  const cost = cancelCost(job);
  const left = leftoverWords(job);
  const forget = () => {
    show(undefined);
    api['jobs.forget']({ connection, ids: [id] }).catch(reportError);
  };
  return (
    <div className="job-details">
      {job.state === 'running' ? (
        <>
          <div className="row">
            <p className="grow num">
              <span className="strong">{number[0] ?? 'Going on'}</span> <span className="small dim">{number.slice(1).join(', ')}</span>
            </p>
            <HostButton onClick={() => cancel(job)} reason={job.cancel === null ? 'It is about to end' : undefined}>
              {asksBeforeCancel(job, now) ? 'Cancel…' : 'Cancel'}
            </HostButton>
          </div>
          <JobBar job={job} />
        </>
      ) : (
        <div className="row">
          <p className="grow dim small num">
            Ended {formatClock(job.endedAt ?? job.begunAt)}, after {tookWords((job.endedAt ?? job.begunAt) - job.begunAt)}
          </p>
          <Button onClick={forget}>Forget</Button>
        </div>
      )}
      {job.error && <ErrorCallout error={job.error} />}
      <h3>Steps</h3>
      {job.steps.length === 0 && <p className="small dim">None yet.</p>}
      <ol className="job-steps" aria-label="Steps">
        {job.steps.map(({ step, begunAt, endedAt }, at) => {
          const last = at === job.steps.length - 1;
          const Glyph = endedAt === null ? IconLoader2 : last && job.state !== 'done' ? IconCircle : IconCircleCheck;
          return (
            <li key={begunAt + stepWords(step)} className="row">
              <span className="job-glyph" data-state={endedAt === null ? 'running' : last && job.state !== 'done' ? job.state : 'done'}>
                <Glyph size={15} aria-hidden className={endedAt === null ? 'turning' : undefined} />
              </span>
              <span className="grow">{stepWords(step)}</span>
              <span className="small dim num nowrap">{endedAt === null ? formatSpan(now - begunAt) : tookWords(endedAt - begunAt)}</span>
            </li>
          );
        })}
      </ol>
      {cost !== undefined && (
        <>
          <h3>If you cancel</h3>
          <p className="small">{cost}</p>
        </>
      )}
      {left !== undefined && (
        <>
          <h3>What is left</h3>
          <p className="small selectable">{left}</p>
        </>
      )}
      <p className="row tiny dim">
        <span>
          Began {formatClock(job.begunAt)} by {hostWords[begunBy.host]}
          {begunBy.command === undefined ? '' : ` (${begunBy.command})`}.
        </span>
        <code className="mono selectable">tapestry job-info {id}</code>
        <CopyButton text={`tapestry job-info ${String(id)}`} what="the command" size={20} />
      </p>
    </div>
  );
}
