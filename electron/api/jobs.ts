import type { jobs } from '../../shared/contract/jobs.ts';
import type { Handlers } from '../../shared/contract/kinds.ts';
import type { ApiContext } from './guard.ts';

/** Jobs: each method is the connection's own. */
export function jobsHandlers({ connection }: ApiContext): Handlers<typeof jobs> {
  return {
    'jobs.list': () => connection.jobs.list(),
    'jobs.watch': (_input, { signal }) => connection.jobs.watch(signal),
    'jobs.cancel': (ref) => connection.jobs.cancel(ref),
    'jobs.forget': async (input) => {
      await connection.jobs.forget(input);
      return {};
    },
  };
}
