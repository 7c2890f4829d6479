import type { ApiHandlers } from '../../shared/contract/index.ts';
import { consolesHandlers } from './consoles.ts';
import type { ApiContext } from './guard.ts';
import { hostHandlers } from './host.ts';
import { jobsHandlers } from './jobs.ts';
import { machinesHandlers } from './machines.ts';
import { networksHandlers } from './networks.ts';
import { storageHandlers } from './storage.ts';

export type { ApiContext, Settings } from './guard.ts';

/** The whole API over one connection. */
export function apiHandlers(context: ApiContext): ApiHandlers {
  return {
    ...machinesHandlers(context),
    ...consolesHandlers(context),
    ...storageHandlers(context),
    ...hostHandlers(context),
    ...networksHandlers(context),
    ...jobsHandlers(context),
  };
}
