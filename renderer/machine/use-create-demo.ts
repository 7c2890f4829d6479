import { useScope } from '../state/connections.ts';
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
  const connection = useScope();
  const { begin, ...place } = useJobAt('demo', async ({ connection: made, result }) => {
    if (result?.kind !== 'demo-machine') return;
    const machine = { connection: made, uuid: result.uuid };
    onCreated?.();
    go({ page: 'machine', ...machine, tab: 'console' });
    await actOn(services, machine, 'start');
  });
  return { ...place, create: () => begin(() => services.api['machines.createDemo']({ connection })) };
}
