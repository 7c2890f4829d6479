import { useServices } from '../state/services.ts';
import { go } from '../state/route.ts';
import { useJobAt, type JobAtPlace } from '../state/job-place.ts';
import { actOn } from './use-machine-actions.ts';

/** The making of the demo machine as the page shows it. */
export interface Demo extends Omit<JobAtPlace, 'begin'> {
  readonly create: () => void;
}

/** Makes the demo machine, starts it, and opens its console. */
export function useCreateDemo(onCreated?: () => void): Demo {
  const services = useServices();
  const { begin, ...place } = useJobAt('demo', async ({ result }) => {
    if (result?.kind !== 'demo-machine') return;
    onCreated?.();
    go({ page: 'machine', uuid: result.uuid, tab: 'console' });
    await actOn(services, { uuid: result.uuid }, 'start');
  });
  return { ...place, create: () => begin(() => services.api['machines.createDemo']({})) };
}
