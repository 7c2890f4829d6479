import { keyOf } from '../../shared/contract/machine-key.ts';
import { useEffect, useRef, useState } from 'react';
import type { Job, JobState } from '../../shared/contract/jobs.ts';
import { endedTitle, jobTitle } from '../../shared/words/job-words.ts';
import { shownState } from '../machine/machine-state.ts';
import { useMachines } from '../state/machines-feed.ts';
import { useJobs } from '../state/use-jobs.ts';

/** A job's beginning, or how it ended. */
const jobNews = (job: Job): string => (job.state === 'running' ? `${jobTitle(job)} began` : endedTitle(job));

/** Tells a screen reader, politely, when a machine changes its state and when a job begins or ends. Rates and numbers are never told. */
export function Announcer() {
  const machines = useMachines()?.machines;
  const before = useRef<ReadonlyMap<string, string> | null>(null);
  const [news, setNews] = useState('');
  useEffect(() => {
    if (!machines) return;
    const words = new Map(machines.map((machine) => [keyOf(machine), shownState(machine).word]));
    const known = before.current;
    before.current = words;
    if (!known) return;
    const told = machines
      .filter((machine) => known.has(keyOf(machine)) && known.get(keyOf(machine)) !== words.get(keyOf(machine)))
      .map((machine) => `${machine.name}: ${words.get(keyOf(machine)) ?? ''}`);
    if (told.length > 0) setNews(told.join(', '));
  }, [machines]);
  const { jobs } = useJobs();
  const jobsBefore = useRef<ReadonlyMap<string, JobState> | null>(null);
  useEffect(() => {
    if (!jobs) return;
    const states = new Map(jobs.map((job) => [`${job.connection} ${String(job.id)}`, job.state]));
    const known = jobsBefore.current;
    jobsBefore.current = states;
    if (!known) return;
    const told = jobs.filter((job) => known.get(`${job.connection} ${String(job.id)}`) !== job.state).map(jobNews);
    if (told.length > 0) setNews(told.join(', '));
  }, [jobs]);
  return (
    <output className="visually-hidden" aria-live="polite">
      {news}
    </output>
  );
}
