import { Progress } from '@mantine/core';
import { IconChecklist, IconChevronUp, IconLoader2 } from '@tabler/icons-react';
import { jobTitle } from '../../shared/words/job-words.ts';
import { useJobsDrawer } from '../state/jobs-drawer.ts';
import { useJobs } from '../state/use-jobs.ts';
import { count } from '../words/format.ts';
import { percentWords } from '../words/job-amounts.ts';
import './jobs-drawer.css';

/** The right end of the activity line: how many jobs go on and how far the newest is; opens the drawer. */
export function JobsButton() {
  const open = useJobsDrawer((state) => state.open);
  const toggle = useJobsDrawer((state) => state.toggle);
  const running = useJobs().jobs?.filter(({ state }) => state === 'running') ?? [];
  const [newest] = running;
  const words = newest && [jobTitle(newest), percentWords(newest)].filter((part) => part !== '').join(', ');
  return (
    <button
      type="button"
      className="activity-jobs inset-focus"
      aria-expanded={open}
      aria-keyshortcuts="Control+J"
      title="Jobs (Ctrl+J)"
      data-running={newest !== undefined || undefined}
      onClick={toggle}
    >
      {newest ? <IconLoader2 size={13} aria-hidden className="turning" /> : <IconChecklist size={13} aria-hidden />}
      <span className="clip num">{words === undefined ? 'Jobs' : `${count(running.length, 'job')}: ${words}`}</span>
      {newest && newest.progress !== null && (
        <span className="activity-jobs-bar" aria-hidden>
          <Progress value={newest.progress * 100} size={6} />
        </span>
      )}
      <IconChevronUp size={12} aria-hidden />
    </button>
  );
}
