import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { HostFacts } from '../../shared/contract/host.ts';
import { isCancelled } from '../words/errors.ts';
import { useKvmTrial } from '../state/kvm-trial.ts';
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
  const queries = useQueryClient();
  const trying = useKvmTrial((state) => state.trying);
  const asked = useRef(false);
  const untested = facts?.kvm.usable === 'untested';
  useEffect(() => {
    if (!untested || asked.current) return undefined;
    asked.current = true;
    const abort = new AbortController();
    const run = async () => {
      useKvmTrial.setState({ trying: true });
      try {
        // The checks themselves are shown by the page of this computer; here only their outcome counts.
        for await (const _checks of api['host.doctor']({ full: true }, { signal: abort.signal }));
        await queries.invalidateQueries({ queryKey: ['host-facts'] });
      } catch (thrown) {
        if (!isCancelled(thrown)) reportError(thrown);
      } finally {
        useKvmTrial.setState({ trying: false });
      }
    };
    void run();
    return () => abort.abort();
  }, [untested, api, queries]);
  if (!facts) return { usable: 'unknown', message: '', trying };
  return { usable: facts.kvm.usable, message: facts.kvm.message, trying };
}
