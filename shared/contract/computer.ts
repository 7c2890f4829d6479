import { z } from 'zod';
import { hostCheck } from './host-check.ts';
import { beginsJob } from './jobs.ts';
import { call, events } from './kinds.ts';
import { connectionId } from './references.ts';

export { hostCheck, type HostCheck } from './host-check.ts';

/** The computer that Tapestry itself runs on, and the Tapestry that is asked. */
export const computerFacts = z.object({
  version: z.string(),
  hostname: z.string(),
  /** Which host serves: the desktop window, the browser host, or a command-line run. */
  host: z.enum(['desktop', 'browser', 'cli']),
  user: z.string(),
  root: z.boolean(),
  stateDirectory: z.string(),
  kvm: z.object({ usable: z.enum(['yes', 'no', 'untested']), message: z.string() }),
});
export type ComputerFacts = z.infer<typeof computerFacts>;

/** One line of the activity line and the timeline: what we did, in which connection, and when. */
export const activity = z.object({
  connection: connectionId,
  at: z.number(),
  text: z.string(),
  severity: z.enum(['info', 'warning', 'error']),
  machine: z.string().optional(),
  interface: z.string().optional(),
});
export type Activity = z.infer<typeof activity>;

/** What is asked of the computer that Tapestry runs on and of Tapestry itself, whatever it is connected to. */
export const computer = {
  /** Answers at once. By it a host that attaches tells an owner that accepts connections from one that lives; an older owner says that it doesn't know it. */
  'computer.alive': call(z.object({}), z.object({}), { repeatable: true }),
  'computer.facts': call(z.object({}), computerFacts, { repeatable: true }),
  /** Begins the job that runs all checks, the timed boot under KVM too; where one goes on already, answers that one. */
  'computer.doctor': beginsJob({}),
  /** The checks that take no time; of KVM what is known. Items are the whole list so far, each time one ends. */
  'computer.checks': events(z.object({}), z.array(hostCheck)),
  /** Recent activity of all connections first as single items, then as it happens. */
  'computer.activity': events(z.object({}), activity),
};
