import { useEffect, useEffectEvent } from 'react';
import type { HostFacts } from '../../shared/contract/host.ts';
import { embeddedConnection } from '../../shared/contract/references.ts';
import { useScope } from '../state/connections.ts';
import { useJobAt } from '../state/job-place.ts';
import { useKvmTrial } from '../state/use-jobs.ts';
import { useApi } from '../state/services.ts';

/** Whether KVM can be used, as far as it was tried. */
export interface KvmVerdict {
  readonly usable: HostFacts['kvm']['usable'] | 'unknown';
  readonly message: string;
  /** It is being tried right now. */
  readonly trying: boolean;
}

/** What the host knows of KVM; where it was never tried, it is tried now (a timed boot of a real kernel), while one fills in the form. */
export function useKvmVerdict(facts: HostFacts | undefined): KvmVerdict {
  const api = useApi();
  // What is tried is this computer: another connection's host is taken by its word.
  const here = useScope() === embeddedConnection;
  const trying = useKvmTrial() && here;
  // The checks themselves are shown by the page of this computer; here only their outcome counts.
  const { begin } = useJobAt('kvm-trial', () => undefined);
  const tryIt = useEffectEvent(() => begin(() => api['computer.doctor']({})));
  const untested = here && facts?.kvm.usable === 'untested';
  useEffect(() => {
    if (untested) tryIt();
  }, [untested]);
  if (!facts) return { usable: 'unknown', message: '', trying };
  return { usable: facts.kvm.usable, message: facts.kvm.message, trying };
}
