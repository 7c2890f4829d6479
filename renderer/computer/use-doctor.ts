import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { HostCheck } from '../../shared/contract/host.ts';
import type { ErrorData } from '../../shared/errors.ts';
import { errorDataOf, isCancelled } from '../words/errors.ts';
import { useApi } from '../state/services.ts';

/** Runs the doctor when the page opens and on demand; the checks appear as they end. */
export function useDoctor(full: boolean) {
  const api = useApi();
  const queries = useQueryClient();
  const [checks, setChecks] = useState<readonly HostCheck[]>([]);
  const [round, setRound] = useState({ full, number: 0 });
  // The first round begins by itself.
  const [busy, setBusy] = useState(true);
  const [error, setError] = useState<ErrorData | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    const run = async () => {
      try {
        for await (const list of api['host.doctor']({ full: round.full }, { signal: abort.signal })) setChecks(list);
        // What was tried may have changed what is known of this computer (KVM above all).
        await queries.invalidateQueries({ queryKey: ['host-facts'] });
      } catch (thrown) {
        if (!isCancelled(thrown) && !abort.signal.aborted) setError(errorDataOf(thrown));
      }
      if (!abort.signal.aborted) setBusy(false);
    };
    void run();
    return () => abort.abort();
  }, [api, queries, round]);
  const again = (deep: boolean) => {
    setBusy(true);
    setError(null);
    setRound((last) => ({ full: deep, number: last.number + 1 }));
  };
  return { checks, busy, error, run: again };
}
