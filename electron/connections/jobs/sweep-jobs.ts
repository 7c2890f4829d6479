import type { Job } from '../../../shared/contract/jobs.ts';
import type { ErrorData } from '../../../shared/errors.ts';
import { leftoverIdentity, type Leftover } from '../../files/leftovers.ts';
import { endProcess } from '../../processes/end-process.ts';
import { noLook, searchProcesses } from '../../processes/search-processes.ts';
import type { NotedJob } from './job-journal.ts';
import { removeAll } from './running-job.ts';

/** Whether what a job made is in use, so that it stays: `unknown` where that can't be told, and everything stays. */
export type Completed = (job: Job) => 'yes' | 'no' | 'unknown';

/** What is told of a job whose process was killed. */
const cutShort: ErrorData = { code: 'closed', message: 'Tapestry was ended in the middle of it.', next: 'Begin it again.' };

/**
 * Finishes a job that a kill cut short: ends the processes that still write what it had begun, removes that, and tells it as failed. One that
 * had all but ended is told as done.
 */
export async function sweepJob({ job, leftovers }: NotedJob, completed: Completed, now: number): Promise<Job> {
  const known = await isComplete(job, leftovers, completed);
  const ended: Job = { ...job, cancel: null, cancelledBy: null, endedAt: now };
  const amount = job.amount && { ...job.amount, perSecond: null };
  // Of a complete one, a name that it had meanwhile may be left: the same file's.
  if (known === 'yes') {
    const meanwhile = leftovers.filter(({ final }) => final !== undefined);
    await removeAll(meanwhile);
    return { ...ended, amount, state: 'done', progress: 1, leftovers: [] };
  }
  const leave = (why: string) => leftovers.map(({ path }) => ({ path, state: 'left' as const, why }));
  const outcome =
    known === 'unknown'
      ? leave('a definition that can’t be read may need it')
      : (await endWriters(leftovers))
        ? await removeAll(leftovers)
        : leave(noLook);
  return { ...ended, amount, state: 'failed', error: cutShort, leftovers: outcome };
}

const isComplete = async (job: Job, leftovers: readonly Leftover[], completed: Completed): Promise<'yes' | 'no' | 'unknown'> => {
  for (const { identity, final } of leftovers) {
    if (final === undefined || identity === undefined) continue;
    try {
      if ((await leftoverIdentity(final)) === identity) return 'yes';
    } catch {
      return 'unknown';
    }
  }
  return completed(job);
};

/** Ends the processes that have what is left on their command lines: they outlive who began them. @returns false where not all could be looked at */
const endWriters = async (leftovers: readonly Leftover[]): Promise<boolean> => {
  if (leftovers.length === 0) return true;
  const writes = (word: string) => leftovers.some(({ path, kind }) => word === path || (kind === 'folder' && word.startsWith(`${path}/`)));
  const { found, complete } = await searchProcesses((argv) => (argv.some(writes) && isOurTool(argv[0] ?? '') ? true : undefined));
  for (const { identity } of found) await endProcess(identity, 0);
  return complete;
};

/** Programs that jobs run: nobody else's look at a file is ended. */
const isOurTool = (program: string): boolean => /(^|\/)(qemu-img|dpkg-deb)$/.test(program);
