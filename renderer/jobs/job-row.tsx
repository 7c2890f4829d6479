import { Button } from '@mantine/core';
import type { Job } from '../../shared/contract/jobs.ts';
import { asksBeforeCancel, endedTitle, jobTitle, leftoverWords } from '../../shared/words/job-words.ts';
import { HostButton } from '../components/host-button.tsx';
import { useNow } from '../components/use-now.ts';
import { useJobsDrawer } from '../state/jobs-drawer.ts';
import { go } from '../state/route.ts';
import { formatClock } from '../words/format.ts';
import { percentWords, tookWords } from '../words/job-amounts.ts';
import { JobBar } from './job-bar.tsx';
import { JobGlyph } from './job-glyph.tsx';
import { useCancelJob } from './use-cancel-job.ts';

/** One that goes on: how far, and a way to cancel it. */
export function RunningJobRow({ job }: { readonly job: Job }) {
  const cancel = useCancelJob();
  const show = useJobsDrawer((state) => state.show);
  const asks = asksBeforeCancel(job, useNow(1000));
  return (
    <li className="job-row">
      <JobGlyph state={job.state} />
      <div className="grow job-row-body">
        <div className="row">
          <button type="button" className="job-title medium clip grow" title={jobTitle(job)} onClick={() => show(job)}>
            {jobTitle(job)}
          </button>
          <HostButton
            onClick={() => cancel(job)}
            aria-label={`Cancel ${jobTitle(job)}`}
            reason={job.cancel === null ? 'It is about to end' : undefined}
          >
            {asks ? 'Cancel…' : 'Cancel'}
          </HostButton>
        </div>
        <JobBar job={job} />
      </div>
    </li>
  );
}

/** How a job that ended came out, in a sentence. */
function outcomeWords(job: Job): string {
  const span = tookWords((job.endedAt ?? job.begunAt) - job.begunAt);
  if (job.state === 'failed') return [job.error?.message, leftoverWords(job)].filter((part) => part !== undefined).join(' ');
  if (job.state === 'cancelled') {
    const by = job.cancelledBy === 'closing' ? 'Tapestry was ended' : 'By you';
    return [`${by}${job.progress === null ? '.' : ` at ${percentWords(job)}.`}`, leftoverWords(job)]
      .filter((part) => part !== undefined)
      .join(' ');
  }
  if (job.result?.kind !== 'doctor') return span;
  const wanting = job.result.checks.filter(({ status }) => status === 'error' || status === 'warning').length;
  return `${span}, ${wanting === 0 ? 'all is fine' : `${String(wanting)} ${wanting === 1 ? 'needs' : 'need'} you`}`;
}

/** One that ended: what came of it, and the way there. */
export function EndedJobRow({ job }: { readonly job: Job }) {
  const show = useJobsDrawer((state) => state.show);
  const close = useJobsDrawer((state) => state.close);
  const { result } = job;
  const open = (route: Parameters<typeof go>[0]) => {
    close();
    go(route);
  };
  return (
    <li className="job-row">
      <JobGlyph state={job.state} />
      <div className="grow job-row-body">
        <div className="row">
          <button type="button" className="job-title medium clip grow" title={endedTitle(job)} onClick={() => show(job)}>
            {endedTitle(job)}
          </button>
          <span className="small dim num nowrap">{formatClock(job.endedAt ?? job.begunAt)}</span>
        </div>
        <p className="small dim selectable">
          {outcomeWords(job)}{' '}
          {result?.kind === 'demo-machine' && (
            <button
              type="button"
              className="link"
              onClick={() => open({ page: 'machine', connection: job.connection, uuid: result.uuid, tab: 'console' })}
            >
              Show It
            </button>
          )}
          {result?.kind === 'doctor' && job.state === 'done' && (
            <button type="button" className="link" onClick={() => open({ page: 'host' })}>
              Show Them
            </button>
          )}
        </p>
        {job.state === 'failed' && (
          <div className="row">
            <Button onClick={() => show(job)}>Details</Button>
          </div>
        )}
      </div>
    </li>
  );
}
