import type { Job } from '../../shared/contract/jobs.ts';
import { TapestryError } from '../../shared/errors.ts';
import { jobTitle, leftoverWords } from '../../shared/words/job-words.ts';
import { CliError, type CliContext } from './context.ts';
import { visible } from './visible-text.ts';

/**
 * Follows a job to its end. On a terminal its progress stands in one line of standard error, as virsh's; Ctrl+C cancels it, as virsh's does, and a
 * second one ends the command.
 *
 * @param told is called with the job at each change
 * @throws CliError of a job that failed or was cancelled
 */
export async function followJob(context: CliContext, begun: Job, told: (job: Job) => void = () => undefined): Promise<Job> {
  const api = await context.api();
  const line = progressLine(context);
  const cancel = (): void => {
    // What it came to is told by the job itself; that it wasn't cancelled, nobody else tells.
    api['jobs.cancel']({ connection: begun.connection, id: begun.id }).catch((error: unknown) => {
      line.end();
      context.stderr.write(`${visible(error instanceof Error ? error.message : String(error))}\n`);
    });
  };
  process.once('SIGINT', cancel);
  try {
    for await (const event of api['jobs.watch']({})) {
      const jobs = event.kind === 'snapshot' ? event.jobs : event.kind === 'changed' ? [event.job] : [];
      const job = jobs.find(({ connection, id }) => connection === begun.connection && id === begun.id);
      if (job === undefined) continue;
      told(job);
      line.show(job);
      if (job.state === 'running') continue;
      return ended(job);
    }
    throw new TapestryError('closed', 'The connection to the host was closed.');
  } finally {
    process.off('SIGINT', cancel);
    line.end();
  }
}

const ended = (job: Job): Job => {
  if (job.state === 'done') return job;
  const left = leftoverWords(job);
  const what = `Job ${job.id}: ${jobTitle(job)}`;
  if (job.state === 'cancelled')
    throw new CliError({ code: 'cancelled', message: `${what} was cancelled.${left === undefined ? '' : ` ${left}`}` });
  throw new CliError(job.error ?? { code: 'internal', message: `${what} failed.` }, `${what} failed`, left);
};

/** virsh's line of a job's progress: `Creating a.qcow2: [ 62.04 %]`. Nothing where standard error is no terminal. */
const progressLine = ({ stderr }: CliContext): { readonly show: (job: Job) => void; readonly end: () => void } => {
  let shown = false;
  if (!stderr.isTTY) return { show: () => undefined, end: () => undefined };
  return {
    show: (job) => {
      if (job.progress === null) return;
      shown = true;
      stderr.write(`\r${visible(jobTitle(job))}: [${(job.progress * 100).toFixed(2).padStart(6)} %]`);
    },
    end: () => {
      if (shown) stderr.write('\n');
    },
  };
};
