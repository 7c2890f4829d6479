import { useEffect, useEffectEvent, useState } from 'react';
import type { HostCheck } from '../../shared/contract/host-check.ts';
import type { ErrorData } from '../../shared/errors.ts';
import { errorDataOf, isCancelled } from '../words/errors.ts';
import { useJobAt } from '../state/job-place.ts';
import { useJobs } from '../state/use-jobs.ts';
import { useApi } from '../state/services.ts';

/** What the doctor says, as it says it. */
export interface Doctor {
  readonly checks: readonly HostCheck[];
  readonly busy: boolean;
  readonly error: ErrorData | null;
  /** @param full also what takes time */
  readonly run: (full: boolean) => void;
}

/** The doctor's checks: all of them as a job, whichever window began it, or those that take no time. They begin when the page opens. */
export function useDoctor(full: boolean): Doctor {
  const api = useApi();
  const [deep, setDeep] = useState(full);
  const [round, setRound] = useState(0);
  const quick = useQuickChecks(!deep, round);
  const { begin, busy, error } = useJobAt('doctor', () => undefined);
  const result = useJobs().jobs?.find(({ kind }) => kind === 'doctor')?.result;
  const beginJob = () => begin(() => api['computer.doctor']({}));
  const first = useEffectEvent(beginJob);
  useEffect(() => {
    if (full) first();
  }, [full]);
  const run = (deeper: boolean) => {
    setDeep(deeper);
    setRound((last) => last + 1);
    if (deeper) beginJob();
  };
  if (!deep) return { ...quick, run };
  return { checks: result?.kind === 'doctor' ? result.checks : [], busy, error, run };
}

/** The checks that take no time, anew in each round. */
const useQuickChecks = (wanted: boolean, round: number): Omit<Doctor, 'run'> => {
  const api = useApi();
  const [state, setState] = useState<Omit<Doctor, 'run'>>({ checks: [], busy: true, error: null });
  useEffect(() => {
    if (!wanted) return undefined;
    const abort = new AbortController();
    const run = async () => {
      let checks: readonly HostCheck[] = [];
      let error: ErrorData | null = null;
      try {
        for await (const list of api['computer.checks']({}, { signal: abort.signal })) {
          checks = list;
          setState({ checks, busy: true, error: null });
        }
      } catch (thrown) {
        if (!isCancelled(thrown)) error = errorDataOf(thrown);
      }
      if (!abort.signal.aborted) setState({ checks, busy: false, error });
    };
    void run();
    return () => abort.abort();
  }, [api, wanted, round]);
  return state;
};
