import type { ApiHandlers } from '../../shared/contract/index.ts';
import { TapestryError } from '../../shared/errors.ts';

/** `detail` of the error with which an owner leaves: a call that has no answer yet was not begun and may be made again. */
export const notBegun = 'not begun';

/** Streams whose first item is the whole state: they are opened again at the next owner, and their reader sees a new snapshot. */
export const resumable: ReadonlySet<string> = new Set([
  'machines.watch',
  'machines.stats',
  'consoles.watch',
  'networks.watch',
  'networks.nics',
  'networks.trials',
  'jobs.watch',
] satisfies (keyof ApiHandlers)[]);

/** Calls that change nothing: they are made again at the next owner even when the former one died in the middle of them. */
export const repeatable: ReadonlySet<string> = new Set([
  'host.alive',
  'machines.list',
  'machines.get',
  'machines.xml',
  'machines.check',
  'machines.native',
  'machines.cpuTime',
  'machines.log',
  'networks.interfaces',
  'networks.nic',
  'networks.guestInterfaces',
  'networks.generateMac',
  'storage.defaults',
  'storage.imageInfo',
  'storage.browse',
  'host.facts',
  'host.capabilities',
  'host.domainCapabilities',
  'host.settings.get',
  'jobs.list',
] satisfies (keyof ApiHandlers)[]);

/** Did a host end in the middle of what it was asked? */
export function wasClosed(error: unknown): error is TapestryError {
  return error instanceof TapestryError && error.code === 'closed';
}
