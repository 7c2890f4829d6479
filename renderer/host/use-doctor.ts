import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { HostCheck } from '../../shared/contract/host.ts';
import type { ErrorData } from '../../shared/errors.ts';
import { errorDataOf, isCancelled } from '../errors.ts';
import { useApi } from '../state/services.ts';

/** Runs the doctor when the page opens and on demand; the checks appear as they end. */
export function useDoctor(full: boolean) {
  const api = useApi();
  const queries = useQueryClient();
  const [checks, setChecks] = useState<readonly HostCheck[]>([]);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorData | null>(null);
  const stop = useRef<AbortController | null>(null);
  const run = async (deep: boolean) => {
    stop.current?.abort();
    const abort = new AbortController();
    stop.current = abort;
    setBusy(true);
    setError(null);
    try {
      for await (const list of api['host.doctor']({ full: deep }, { signal: abort.signal })) setChecks(list);
      // What was tried may have changed what is known of this computer (KVM above all).
      await queries.invalidateQueries({ queryKey: ['host-facts'] });
    } catch (thrown) {
      if (!isCancelled(thrown)) setError(errorDataOf(thrown));
    }
    if (stop.current === abort) setBusy(false);
  };
  const begin = useEffectEvent(() => void run(full));
  useEffect(() => {
    begin();
    return () => stop.current?.abort();
  }, [api, full]);
  return { checks, busy, error, run: (deep: boolean) => void run(deep) };
}
