import { z } from 'zod';
import { hostCheck } from './host-check.ts';
import { beginsJob } from './jobs.ts';
import { call, events } from './kinds.ts';
import { autostartWhen } from './machines.ts';

export { hostCheck, type HostCheck } from './host-check.ts';

export const hostFacts = z.object({
  version: z.string(),
  hostname: z.string(),
  /** Which host serves: the desktop window, the browser host, or a command-line run. */
  host: z.enum(['desktop', 'browser', 'cli']),
  cpus: z.number().int(),
  memoryKiB: z.number(),
  arch: z.string(),
  user: z.string(),
  root: z.boolean(),
  stateDirectory: z.string(),
  qemu: z.object({ path: z.string(), version: z.string() }).nullable(),
  machineTypes: z.array(z.string()),
  cpuModels: z.array(z.string()),
  kvm: z.object({ usable: z.enum(['yes', 'no', 'untested']), message: z.string() }),
  uefi: z.boolean(),
  /** When marked machines are started; a host of an earlier version doesn't say, and starts them with its window. */
  autostartWhen: autostartWhen.optional(),
});
export type HostFacts = z.infer<typeof hostFacts>;

/** One line of the activity line and the timeline: what we did to this host, and when. */
export const activity = z.object({
  at: z.number(),
  text: z.string(),
  severity: z.enum(['info', 'warning', 'error']),
  machine: z.string().optional(),
  interface: z.string().optional(),
});
export type Activity = z.infer<typeof activity>;

export const host = {
  /** Answers at once. By it a host that attaches tells an owner that accepts connections from one that lives; an older owner says that it doesn't know it. */
  'host.alive': call(z.object({}), z.object({})),
  'host.facts': call(z.object({}), hostFacts),
  /** Begins the job that runs all checks, the timed boot under KVM too; where one goes on already, answers that one. */
  'host.doctor': beginsJob({}),
  /** The checks that take no time; of KVM what is known. Items are the whole list so far, each time one ends. */
  'host.checks': events(z.object({}), z.array(hostCheck)),
  /** Recent activity first as single items, then as it happens. */
  'host.activity': events(z.object({}), activity),
  'host.capabilities': call(z.object({}), z.object({ xml: z.string() })),
  'host.domainCapabilities': call(
    z.object({
      emulator: z.string().optional(),
      arch: z.string().optional(),
      machine: z.string().optional(),
      virttype: z.string().optional(),
    }),
    z.object({ xml: z.string() }),
  ),
  /** Small settings that belong to the user, not to one window (column choices, font size). */
  'host.settings.get': call(z.object({}), z.record(z.string(), z.unknown())),
  'host.settings.set': call(z.object({ key: z.string().max(100), value: z.unknown() }), z.object({})),
};
