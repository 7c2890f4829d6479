import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { ErrorData } from '../../shared/errors.ts';
import { errorDataOf, isCancelled } from '../words/errors.ts';
import { formatBytes } from '../words/format.ts';
import { go } from '../state/route.ts';
import { useServices } from '../state/services.ts';
import { actOn } from './use-machine-actions.ts';

/** The making of the demo machine as the page shows it. */
export interface Demo {
  readonly busy: boolean;
  /** What is being done now. */
  readonly step: string | null;
  /** 0..1. */
  readonly progress: number;
  readonly error: ErrorData | null;
  readonly create: () => void;
  readonly cancel: () => void;
}

/** A step in words: with where from and how much, where that is known. Pure. */
export function stepWords({
  step,
  source,
  bytes,
}: {
  step: string;
  source?: string | undefined;
  bytes?: { done: number; total: number } | undefined;
}): string {
  const from = source === undefined ? '' : ` from ${source}`;
  return `${step}${from}${bytes === undefined ? '' : `, ${formatBytes(bytes.done)} of ${formatBytes(bytes.total)}`}`;
}

/** Makes the demo machine, starts it, and opens its console. */
export function useCreateDemo(onCreated?: () => void): Demo {
  const services = useServices();
  const queries = useQueryClient();
  const [state, setState] = useState<Pick<Demo, 'busy' | 'step' | 'progress' | 'error'>>({
    busy: false,
    step: null,
    progress: 0,
    error: null,
  });
  const stop = useRef<AbortController | null>(null);
  const run = async () => {
    const abort = new AbortController();
    stop.current = abort;
    setState({ busy: true, step: null, progress: 0, error: null });
    try {
      let made: string | undefined;
      for await (const item of services.api['machines.createDemo']({}, { signal: abort.signal })) {
        made = item.uuid ?? made;
        setState({ busy: true, step: stepWords(item), progress: item.total > 0 ? item.done / item.total : 0, error: null });
      }
      setState({ busy: false, step: null, progress: 0, error: null });
      // Making it tried KVM: what is shown of this computer may be old.
      void queries.invalidateQueries({ queryKey: ['host-facts'] });
      if (made === undefined || abort.signal.aborted) return;
      onCreated?.();
      go({ page: 'machine', uuid: made, tab: 'console' });
      await actOn(services, { uuid: made }, 'start');
    } catch (thrown) {
      setState({ busy: false, step: null, progress: 0, error: isCancelled(thrown) ? null : errorDataOf(thrown) });
    }
  };
  return { ...state, create: () => void run(), cancel: () => stop.current?.abort() };
}
