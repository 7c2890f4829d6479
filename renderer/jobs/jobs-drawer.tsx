import { ActionIcon, SegmentedControl } from '@mantine/core';
import { IconArrowLeft, IconX } from '@tabler/icons-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { endedTitle, jobTitle } from '../../shared/words/job-words.ts';
import { presentFocus, returnFocus } from '../components/focus-return.ts';
import { RetryCallout } from '../components/retry-callout.tsx';
import { isJob } from '../state/jobs-store.ts';
import { useJobsDrawer } from '../state/jobs-drawer.ts';
import { useJobs } from '../state/use-jobs.ts';
import { JobDetails } from './job-details.tsx';
import { EndedJobRow, RunningJobRow } from './job-row.tsx';
import './jobs-drawer.css';

/** The jobs of the host: those that go on, above those that ended. */
function JobLists() {
  const { jobs, failure } = useJobs();
  const clearedAt = useJobsDrawer((state) => state.clearedAt);
  const clear = useJobsDrawer((state) => state.clear);
  if (jobs === undefined && failure) return <RetryCallout error={failure.error} title="The jobs can’t be told." onRetry={failure.again} />;
  if (jobs === undefined) return <p className="jobs-empty dim">Asking for the jobs…</p>;
  const running = jobs.filter(({ state }) => state === 'running');
  const ended = jobs.filter(({ state }) => state !== 'running');
  const shown = ended.filter(({ endedAt }) => (endedAt ?? 0) > clearedAt);
  return (
    <>
      {failure && <RetryCallout error={failure.error} title="The jobs may be old." onRetry={failure.again} />}
      <h3 className="jobs-group">
        Going on <span className="small dim">also when you close the window</span>
      </h3>
      {running.length === 0 ? (
        <p className="jobs-empty dim">Nothing is going on.</p>
      ) : (
        <ul aria-label="Jobs that go on">
          {running.map((job) => (
            <RunningJobRow key={`${job.connection} ${String(job.id)}`} job={job} />
          ))}
        </ul>
      )}
      <div className="jobs-group row">
        <h3 className="grow">Ended</h3>
        {shown.length > 0 ? (
          <button type="button" className="link small" onClick={() => clear(Math.max(...ended.map(({ endedAt }) => endedAt ?? 0)))}>
            Clear
          </button>
        ) : (
          ended.length > 0 && (
            <button type="button" className="link small" onClick={() => clear(0)}>
              Show {ended.length} Cleared
            </button>
          )
        )}
      </div>
      {shown.length === 0 ? (
        <p className="jobs-empty dim">{ended.length === 0 ? 'None has ended yet.' : 'None since you cleared the list.'}</p>
      ) : (
        <ul aria-label="Jobs that ended">
          {shown.map((job) => (
            <EndedJobRow key={`${job.connection} ${String(job.id)}`} job={job} />
          ))}
        </ul>
      )}
    </>
  );
}

/**
 * The drawer of jobs, over the right of the page. It is no dialog: the page below goes on, and Esc closes it while the focus is in it.
 * @param happened the other view: what was done to this computer
 */
export function JobsDrawer({ happened }: { readonly happened: ReactNode }) {
  const { shown, view, close, show, setView } = useJobsDrawer();
  const { jobs } = useJobs();
  const job = jobs?.find((one) => shown !== undefined && isJob(one, shown));
  const running = jobs?.filter(({ state }) => state === 'running').length ?? 0;
  const box = useRef<HTMLElement>(null);
  const hadFocus = useRef(false);
  useEffect(() => {
    const before = presentFocus();
    box.current?.focus();
    return () => returnFocus(before);
  }, []);
  // What had the focus may be gone: the row of a job that ended, the list under its details. Keys must still reach the drawer.
  useEffect(() => {
    if (hadFocus.current && document.activeElement === document.body) box.current?.focus();
  }, [jobs, shown]);
  return (
    <aside
      ref={box}
      className="jobs-drawer inset-focus"
      aria-label="Jobs"
      data-region
      tabIndex={-1}
      onFocus={() => {
        hadFocus.current = true;
      }}
      onBlur={({ relatedTarget }) => {
        if (relatedTarget !== null) hadFocus.current = box.current?.contains(relatedTarget) ?? false;
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        event.preventDefault();
        if (job) show(undefined);
        else close();
      }}
    >
      <header className="jobs-header row">
        {job ? (
          <>
            <ActionIcon aria-label="Back to all jobs" onClick={() => show(undefined)}>
              <IconArrowLeft size={16} />
            </ActionIcon>
            <h2 className="grow clip">{job.state === 'running' ? jobTitle(job) : endedTitle(job)}</h2>
          </>
        ) : (
          <>
            <h2 className="grow">Jobs</h2>
            <SegmentedControl
              size="xs"
              aria-label="What is shown"
              value={view}
              onChange={(value) => setView(value === 'happened' ? 'happened' : 'jobs')}
              data={[
                { value: 'jobs', label: running === 0 ? 'Jobs' : `Jobs ${String(running)}` },
                { value: 'happened', label: 'What happened' },
              ]}
            />
          </>
        )}
        <ActionIcon aria-label="Close jobs" onClick={close}>
          <IconX size={16} />
        </ActionIcon>
      </header>
      <div className="jobs-body">{job ? <JobDetails job={job} /> : view === 'happened' ? happened : <JobLists />}</div>
    </aside>
  );
}
