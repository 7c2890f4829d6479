import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sampleJob } from '../../../shared/contract/testing/samples.ts';
import type { JobEvent } from '../../../shared/contract/jobs.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { leftoverIdentity, makeNotedFile } from '../../files/leftovers.ts';
import { JobList, type JobListOptions, type NewJob } from './job-list.ts';
import type { JobWork } from './running-job.ts';

/** Whether files can be written. */
const disk = vi.hoisted(() => ({ full: false }));
vi.mock(import('../../files/atomic-file.ts'), async (original) => {
  const actual = await original();
  const { TapestryError: Refusal } = await import('../../../shared/errors.ts');
  return {
    ...actual,
    writeFileAtomically: (...args) =>
      disk.full ? Promise.reject(new Refusal('storage-full', 'There is no space left.')) : actual.writeFileAtomically(...args),
  };
});

let folder = '';
let told: unknown[] = [];
const stop = new Set<AbortController>();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tap-jobs-'));
  told = [];
  disk.full = false;
});
afterEach(async () => {
  for (const one of stop) one.abort();
  stop.clear();
  await rm(folder, { recursive: true, force: true });
});

const at = (...names: string[]) => join(folder, ...names);
const open = async (more: Partial<JobListOptions> = {}) => {
  const jobs = new JobList({ connection: 'embedded', state: folder, completed: () => 'no', log: (error) => told.push(error), ...more });
  await jobs.opened();
  return jobs;
};
const image: NewJob = { kind: 'image', subject: '/vm/a.qcow2', loses: 'image', begunBy: { host: 'cli', command: 'test' } };

/** A job that goes on until it is let go or cancelled. */
const held = (before: (work: JobWork) => Promise<void> = () => Promise.resolve()) => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<JobWork>();
  const work = async (given: JobWork) => {
    given.signal.addEventListener('abort', () => reject(given.signal.reason as Error));
    await before(given);
    begun.resolve(given);
    await promise;
  };
  return { work, begun: begun.promise, release: resolve, fail: reject };
};

/** Watches until `enough` holds of an event; all events so far. */
const watchUntil = async (jobs: JobList, enough: (event: JobEvent) => boolean, each: () => void = () => undefined): Promise<JobEvent[]> => {
  const abort = new AbortController();
  stop.add(abort);
  const seen: JobEvent[] = [];
  for await (const event of jobs.watch(abort.signal)) {
    seen.push(event);
    if (enough(event)) break;
    each();
  }
  return seen;
};
const hasState = (state: string) => (event: JobEvent) => event.kind === 'changed' && event.job.state === state;

describe('a list of jobs', () => {
  it('tells every watcher of a beginning, each step and the end, and remembers what came of it', async () => {
    const jobs = await open();
    const job = held(async ({ step, amount }) => {
      step({ code: 'allocate' });
      amount({ done: 5, total: 10, unit: 'bytes' });
      return Promise.resolve();
    });
    const begun = jobs.begin(image, async (work) => {
      await job.work(work);
      work.result({ kind: 'image', path: '/vm/a.qcow2' });
    });
    expect(begun).toMatchObject({
      connection: 'embedded',
      id: 1,
      state: 'running',
      begunBy: { host: 'cli', command: 'test' },
      endedAt: null,
    });
    const watching = [watchUntil(jobs, hasState('done'), job.release), watchUntil(jobs, hasState('done'))];
    for (const events of await Promise.all(watching)) {
      expect(events[0]).toMatchObject({ kind: 'snapshot', jobs: [{ id: 1, state: 'running' }] });
      expect(events.at(-1)).toMatchObject({ job: { state: 'done', progress: 1, cancel: null, result: { path: '/vm/a.qcow2' } } });
    }
    await jobs.idle();
    const again = await (await open()).list();
    expect(again).toMatchObject([{ id: 1, state: 'done', steps: [{ step: { code: 'allocate' }, endedAt: expect.any(Number) }] }]);
    expect(await readdir(at('jobs', 'running'))).toEqual([]);
    expect(told).toEqual([]);
  });

  it('asks how far a job is only while somebody looks', async () => {
    const jobs = await open();
    let looks = 0;
    const job = held(async ({ measure }) =>
      Promise.resolve(measure(() => Promise.resolve({ done: (looks += 1), total: 100, unit: 'bytes' }))),
    );
    jobs.begin(image, job.work);
    await job.begun;
    expect(looks).toBe(0);
    await jobs.list();
    expect(looks).toBe(1);
    const seen = await watchUntil(jobs, (event) => event.kind === 'changed' && (event.job.amount?.done ?? 0) > 2);
    expect(seen.at(-1)).toMatchObject({ job: { progress: expect.any(Number), amount: { total: 100, unit: 'bytes' } } });
    const before = looks;
    job.release();
    await jobs.idle();
    expect(looks).toBe(before);
  });

  it('cancels a job, takes away what it had begun, and answers then', async () => {
    const jobs = await open();
    const job = held(async ({ note }) => makeNotedFile(at('partial'), note));
    jobs.begin(image, job.work);
    await job.begun;
    const ended = await jobs.cancel({ connection: 'embedded', id: 1 });
    expect(ended).toMatchObject({ state: 'cancelled', cancelledBy: 'user', leftovers: [{ path: at('partial'), state: 'removed' }] });
    expect(await readdir(folder)).toEqual(['jobs']);
    await expect(jobs.cancel({ connection: 'embedded', id: 1 })).rejects.toMatchObject({ code: 'wrong-state' });
    await expect(jobs.cancel({ connection: 'embedded', id: 7 })).rejects.toMatchObject({ code: 'not-found' });
    await expect(jobs.cancel({ connection: 'other', id: 1 })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('does not cancel what is as good as done', async () => {
    const jobs = await open();
    const job = held(async ({ finishing }) => Promise.resolve(finishing()));
    jobs.begin(image, job.work);
    await job.begun;
    await expect(jobs.cancel({ connection: 'embedded', id: 1 })).rejects.toMatchObject({ code: 'wrong-state' });
    job.release();
    await jobs.idle();
    expect(await jobs.list()).toMatchObject([{ state: 'done' }]);
  });

  it('cancels what goes on when it is closed, and begins nothing more', async () => {
    const jobs = await open();
    const job = held(async ({ note }) => makeNotedFile(at('partial'), note));
    jobs.begin(image, job.work);
    await job.begun;
    await jobs.close();
    expect(await (await open()).list()).toMatchObject([{ state: 'cancelled', cancelledBy: 'closing', leftovers: [{ state: 'removed' }] }]);
    expect(await readdir(folder)).toEqual(['jobs']);
    expect(() => jobs.begin(image, job.work)).toThrow(expect.objectContaining({ code: 'closed' }));
  });

  it('tells why a job failed; of a defect without its words', async () => {
    const jobs = await open();
    jobs.begin(image, () => Promise.reject(new TapestryError('storage-full', 'There is not enough space.', { next: 'Free some.' })));
    const secret = new Error('a path');
    jobs.begin(image, () => Promise.reject(secret));
    await jobs.idle();
    expect(await jobs.list()).toMatchObject([
      { id: 1, state: 'failed', error: { code: 'storage-full', next: 'Free some.' } },
      { id: 2, state: 'failed', error: { code: 'internal' } },
    ]);
    expect(told).toEqual([secret]);
  });

  it('forgets what ended, never what goes on, and never gives a number twice', async () => {
    const jobs = await open();
    for (let count = 0; count < 3; count += 1) jobs.begin(image, () => Promise.resolve());
    await jobs.idle();
    const job = held();
    jobs.begin(image, job.work);
    await jobs.forget({ connection: 'embedded', ids: [1, 4] });
    expect((await jobs.list()).map(({ id }) => id)).toEqual([2, 3, 4]);
    await jobs.forget({ connection: 'embedded' });
    expect((await jobs.list()).map(({ id }) => id)).toEqual([4]);
    job.release();
    await jobs.idle();
    await jobs.forget({ connection: 'embedded' });
    const later = await open();
    expect(later.begin(image, () => Promise.resolve())).toMatchObject({ id: 5 });
    await later.idle();
  });

  it('keeps the last fifty that ended', async () => {
    const jobs = await open();
    for (let count = 0; count < 53; count += 1) {
      jobs.begin(image, () => Promise.resolve());
      await jobs.idle();
    }
    const ids = (await (await open()).list()).map(({ id }) => id);
    expect([ids.length, ids[0], ids.at(-1)]).toEqual([50, 4, 53]);
  });
});

describe('the file of jobs that ended', () => {
  const file = () => at('jobs', 'history.json');
  const write = async (text: string) => {
    await mkdir(at('jobs'), { recursive: true });
    await writeFile(file(), text);
  };

  it('keeps what a later version added to it', async () => {
    const known = sampleJob({ id: 3, state: 'done', endedAt: 1 });
    const later = { id: 4, kind: 'snapshot', colour: 'blue' };
    await write(JSON.stringify({ version: 1, next: 5, more: true, jobs: [{ ...known, note: 'x' }, later] }));
    const jobs = await open();
    expect(await jobs.list()).toEqual([known]);
    jobs.begin(image, () => Promise.resolve());
    await jobs.idle();
    const stored = JSON.parse(await readFile(file(), 'utf8')) as { jobs: unknown[] };
    expect(stored).toMatchObject({ more: true, next: 6, jobs: [{ id: 3, note: 'x' }, later, { id: 5 }] });
  });

  it('is put aside where it is damaged', async () => {
    await write('{"version":1,"ne');
    const jobs = await open();
    jobs.begin(image, () => Promise.resolve());
    await jobs.idle();
    expect((await readdir(at('jobs'))).toSorted()).toEqual(['history.json', 'history.json.broken', 'running']);
    expect(await readFile(`${file()}.broken`, 'utf8')).toBe('{"version":1,"ne');
    expect(await (await open()).list()).toMatchObject([{ state: 'done' }]);
  });

  it('stays as it is where a later version wrote it, and what ends is remembered meanwhile', async () => {
    const text = JSON.stringify({ version: 2, list: [] });
    await write(text);
    const jobs = await open();
    jobs.begin(image, () => Promise.resolve());
    await jobs.idle();
    expect(await readFile(file(), 'utf8')).toBe(text);
    expect(await jobs.list()).toMatchObject([{ state: 'done' }]);
    expect(told).toMatchObject([{ code: 'io' }, { code: 'io' }]);
  });

  it('on a full disk: what makes nothing goes on, what can’t be noted isn’t made, and both are remembered', async () => {
    const jobs = await open();
    disk.full = true;
    jobs.begin({ ...image, kind: 'doctor', loses: 'nothing' }, () => Promise.resolve());
    jobs.begin(image, async ({ note }) => makeNotedFile(at('partial'), note));
    await jobs.idle();
    expect(await jobs.list()).toMatchObject([{ state: 'done' }, { state: 'failed', error: { code: 'storage-full' } }]);
    expect(await readdir(folder)).toEqual(['jobs']);
    disk.full = false;
    jobs.begin(image, () => Promise.resolve());
    await jobs.idle();
    expect(await (await open()).list()).toHaveLength(3);
  });
});

describe('the notes of jobs that a kill cut short', () => {
  const note = async (job: Partial<Parameters<typeof sampleJob>[0]>, leftovers: object[]) => {
    await mkdir(at('jobs', 'running'), { recursive: true });
    const noted = sampleJob(job);
    await writeFile(at('jobs', 'running', `${noted.id}.json`), JSON.stringify({ version: 1, job: noted, leftovers }));
  };

  it('lead to what was left: it is removed if it is the same, and told', async () => {
    await writeFile(at('mine'), 'half');
    await writeFile(at('other'), 'somebody’s');
    await writeFile(at('full'), 'words');
    await writeFile(at('empty'), '');
    await note({ id: 4 }, [
      { path: at('mine'), kind: 'file', identity: await leftoverIdentity(at('mine')) },
      { path: at('other'), kind: 'file', identity: '1:1' },
      { path: at('full'), kind: 'file' },
      { path: at('empty'), kind: 'file' },
      { path: at('never'), kind: 'folder' },
    ]);
    const [job] = await (await open()).list();
    expect(job).toMatchObject({ id: 4, state: 'failed', error: { code: 'closed' }, cancel: null });
    expect(job?.leftovers.map(({ path, state }) => [path, state])).toEqual([
      [at('mine'), 'removed'],
      [at('other'), 'left'],
      [at('full'), 'left'],
      [at('empty'), 'removed'],
      [at('never'), 'removed'],
    ]);
    expect((await readdir(folder)).toSorted()).toEqual(['full', 'jobs', 'other']);
    expect(await readdir(at('jobs', 'running'))).toEqual([]);
    expect(await (await open()).list()).toHaveLength(1);
  });

  it('tell a job as done whose file has its name already, or whose machine is there; and take nothing where that is unclear', async () => {
    await writeFile(at('disk'), 'whole');
    await note({ id: 1 }, [{ path: at('.disk.partial'), kind: 'file', identity: await leftoverIdentity(at('disk')), final: at('disk') }]);
    for (const name of ['there', 'unclear']) await mkdir(at(name));
    const machine = { connection: 'embedded', uuid: 'u', name: 'demo' };
    for (const [id, name] of [
      [2, 'there'],
      [3, 'unclear'],
    ] as const)
      await note({ id, machine: { ...machine, name } }, [{ path: at(name), kind: 'folder', identity: await leftoverIdentity(at(name)) }]);
    const jobs = await open({
      completed: (job) => (job.machine?.name === 'there' ? 'yes' : job.machine?.name === 'unclear' ? 'unknown' : 'no'),
    });
    expect(await jobs.list()).toMatchObject([{ state: 'done' }, { state: 'done' }, { state: 'failed', leftovers: [{ state: 'left' }] }]);
    expect((await readdir(folder)).toSorted()).toEqual(['disk', 'jobs', 'there', 'unclear']);
  });

  it('are put aside where they are damaged, stay where a later version wrote them, and their numbers stay taken', async () => {
    await mkdir(at('jobs', 'running'), { recursive: true });
    await writeFile(at('jobs', 'running', '7.json'), '{"ver');
    const later = JSON.stringify({ version: 2, left: ['/x'] });
    await writeFile(at('jobs', 'running', '9.json'), later);
    const jobs = await open();
    expect(await jobs.list()).toEqual([]);
    expect(told).toMatchObject([{ code: 'io' }, { code: 'io' }]);
    expect((await readdir(at('jobs', 'running'))).toSorted()).toEqual(['7.json.broken', '9.json']);
    expect(await readFile(at('jobs', 'running', '9.json'), 'utf8')).toBe(later);
    expect(jobs.begin(image, () => Promise.resolve())).toMatchObject({ id: 10 });
    await jobs.idle();
  });
});
