import type { StepAuthor } from '../../../shared/contract/nic-steps.ts';

/** The program of the network helper, as timelines name it. */
export const helperProgramName = 'tapestry-net-helper';

/** A run of the network helper did it. */
export function byHelper(pid: number): StepAuthor {
  return { program: helperProgramName, pid };
}

/** This process did it. */
export function byTapestry(): StepAuthor {
  return { program: 'tapestry', pid: process.pid };
}
