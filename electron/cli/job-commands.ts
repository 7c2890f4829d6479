import { InvalidArgumentError, type Command } from 'commander';
import type { Job, JobAmount } from '../../shared/contract/jobs.ts';
import { cancelCost, jobTitle, leftoverWords, stepWords, timeLeft } from '../../shared/words/job-words.ts';
import { CliError, during, print, type CliContext, type CommonOptions } from './context.ts';
import { errorText, facts, table } from './output.ts';
import { visibleLines } from './visible-text.ts';

interface ListOptions extends CommonOptions {
  readonly all?: boolean;
}

/** jobs, job-info, job-cancel: work that outlives the command or window that began it. */
export function addJobCommands(program: Command, context: CliContext): void {
  program
    .command('jobs')
    .description('list the jobs that go on')
    .option('--all', 'also those that ended')
    .option('--json', 'print JSON')
    .action(async (options: ListOptions) => {
      const all = await jobsOf(context);
      const jobs = options.all === true ? all : all.filter(({ state }) => state === 'running');
      print(context, options, jobs, table(['Id', 'Kind', 'Machine', 'Progress', 'Rate', 'State'], jobs.map(cellsOf)));
    });

  program
    .command('job-info <id>')
    .description('what is known of a job')
    .option('--json', 'print JSON')
    .action(async (number: string, options: CommonOptions) => {
      const job = await jobOf(context, number);
      print(context, options, job, `${facts(factsOf(job, Date.now()))}${job.error === null ? '' : visibleLines(errorText(job.error))}`);
    });

  program
    .command('job-cancel <id>')
    .description('cancel a job that goes on; what it had begun is removed')
    .option('--json', 'print JSON')
    .action(async (number: string, options: CommonOptions) => {
      const { connection, id } = await jobOf(context, number);
      const job = await during(`Failed to cancel job ${number}`, (await context.api())['jobs.cancel']({ connection, id }));
      if (job.state !== 'cancelled')
        throw new CliError({ code: 'wrong-state', message: `Job ${number} had ended before it could be cancelled` });
      const left = leftoverWords(job);
      print(context, options, job, `Job ${number} cancelled${left === undefined ? '' : `. ${left}`}\n`);
    });
}

/** The jobs of the connection that the command is about. */
async function jobsOf(context: CliContext): Promise<readonly Job[]> {
  const [jobs, connection] = await Promise.all([context.api().then((api) => api['jobs.list']({})), context.connection()]);
  return jobs.filter((job) => job.connection === connection);
}

async function jobOf(context: CliContext, number: string): Promise<Job> {
  if (!/^[1-9]\d{0,14}$/.test(number)) throw new InvalidArgumentError('It must be the number of a job.');
  const jobs = await jobsOf(context);
  const job = jobs.find(({ id }) => id === Number(number));
  if (job === undefined)
    throw new CliError({ code: 'not-found', message: `failed to get job '${number}'`, next: '`tapestry jobs --all` lists them.' });
  return job;
}

const cellsOf = (job: Job): string[] => [
  String(job.id),
  job.kind,
  job.machine?.name ?? '-',
  job.progress === null ? '-' : `${(job.progress * 100).toFixed(0)} %`,
  job.amount === null || job.amount.perSecond === null ? '-' : `${size(job.amount, job.amount.perSecond)}/s`,
  job.state,
];

/** As virsh's domjobinfo: a line each, what isn't known left out. @param now ms since the epoch */
const factsOf = (job: Job, now: number): readonly (readonly [string, string])[] => {
  const { amount, progress, step, endedAt, begunAt, begunBy } = job;
  const left = timeLeft(job);
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ['Id', String(job.id)],
    ['Connection', job.connection],
    ['Kind', job.kind],
    ['Title', jobTitle(job)],
    ['Machine', job.machine?.name],
    ['State', job.state],
    ['Progress', progress === null ? undefined : `${(progress * 100).toFixed(2)} %`],
    ['Step', step === null ? undefined : stepWords(step)],
    ['Processed', amount === null ? undefined : size(amount, amount.done)],
    ['Total', amount === null || amount.total === null ? undefined : size(amount, amount.total)],
    ['Rate', amount === null || amount.perSecond === null ? undefined : `${size(amount, amount.perSecond)}/s`],
    ['Time elapsed', seconds((endedAt ?? now) - begunAt)],
    ['Time left', job.state !== 'running' || left === null ? undefined : seconds(left)],
    ['Begun by', begunBy.command === undefined ? begunBy.host : `${begunBy.host} (${begunBy.command})`],
    ['If cancelled', cancelCost(job)],
    ['Left', leftoverWords(job)],
  ];
  return pairs.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
};

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** An amount as virsh writes it: `24.800 GiB`; steps as a number. */
const size = ({ unit }: JobAmount, value: number): string => {
  if (unit === 'steps') return String(Math.floor(value));
  const power = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log2(value) / 10));
  return `${(value / 1024 ** power).toFixed(power === 0 ? 0 : 3)} ${units[power]}`;
};
