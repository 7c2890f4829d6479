import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { JobEvent } from '../../../shared/contract/jobs.ts';
import { Fixture } from './testing/fixture.ts';
import { withConnection } from './testing/with-connection.ts';

const never = new AbortController().signal;
const begunBy = { host: 'browser' } as const;
const large = { format: 'raw', sizeBytes: 64 * 1024 ** 3, preallocation: 'full', begunBy } as const;

/** The first event that says so. */
const first = async (events: AsyncIterable<JobEvent>, says: (event: JobEvent) => boolean): Promise<JobEvent> => {
  for await (const event of events) if (says(event)) return event;
  throw new Error('the events ended');
};
const isWriting = (event: JobEvent) => event.kind === 'changed' && (event.job.amount?.done ?? 0) > 0;

it('leaves nothing of an image whose maker was killed, not even who still writes it, and says so', async () => {
  await using fixture = await Fixture.make();
  const path = join(fixture.directories.images, 'half.img');
  const host = spawn(process.execPath, [join(import.meta.dirname, 'testing/job-host.ts'), JSON.stringify(fixture.directories), path], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [, signal] = (await once(host, 'exit')) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
  // qemu-img outlives it, and goes on.
  expect(await fixture.processes()).toHaveLength(1);
  const [partial] = await readdir(fixture.directories.images);
  expect(partial).toMatch(/^\.half\.img\.[0-9a-f]{8}\.partial$/);
  await withConnection(fixture, async ({ jobs }) => {
    const left = [{ path: join(fixture.directories.images, partial ?? ''), state: 'removed' }];
    expect(await jobs.list()).toMatchObject([
      { id: 1, kind: 'image', subject: path, state: 'failed', error: { code: 'closed' }, leftovers: left },
    ]);
    expect(await readdir(fixture.directories.images)).toEqual([]);
    expect(await fixture.processes()).toEqual([]);
  });
});

it('shows one job to everybody who looks; cancelled by one, it leaves nothing and is told to all', async () => {
  await using fixture = await Fixture.make();
  const path = join(fixture.directories.images, 'new/long.img');
  await withConnection(fixture, async ({ jobs, storage }) => {
    const begun = await storage.createImage({ ...large, path });
    expect(begun).toMatchObject({ state: 'running', subject: path, cancel: { loses: 'image' } });
    const lookers = [1, 2].map(() => first(jobs.watch(never), (event) => event.kind === 'changed' && event.job.state === 'cancelled'));
    expect(await first(jobs.watch(never), isWriting)).toMatchObject({ job: { id: 1, amount: { total: large.sizeBytes, unit: 'bytes' } } });
    expect(await jobs.cancel({ connection: 'embedded', id: 1 })).toMatchObject({ state: 'cancelled', leftovers: [{ state: 'removed' }] });
    for (const event of await Promise.all(lookers)) expect(event).toMatchObject({ job: { id: 1, state: 'cancelled' } });
    expect(await readdir(join(fixture.directories.images, 'new'))).toEqual([]);
    expect(await fixture.processes()).toEqual([]);
  });
});

it('cancels what goes on when the connection is closed', async () => {
  await using fixture = await Fixture.make();
  await withConnection(fixture, async ({ jobs, storage }) => {
    await storage.createImage({ ...large, path: join(fixture.directories.images, 'long.img') });
    await first(jobs.watch(never), isWriting);
  });
  expect(await readdir(fixture.directories.images)).toEqual([]);
  await withConnection(fixture, async ({ jobs }) => {
    expect(await jobs.list()).toMatchObject([{ state: 'cancelled', cancelledBy: 'closing' }]);
  });
});

it('makes an image as a job; one that exists is refused before there is one', async () => {
  await using fixture = await Fixture.make();
  const path = join(fixture.directories.images, 'small.qcow2');
  await withConnection(fixture, async ({ jobs, storage }) => {
    const small = { path, format: 'qcow2', sizeBytes: 1024 ** 2, preallocation: 'off', begunBy } as const;
    await storage.createImage(small);
    await jobs.idle();
    expect(await jobs.list()).toMatchObject([{ state: 'done', result: { kind: 'image', path }, leftovers: [] }]);
    expect(await readdir(fixture.directories.images)).toEqual(['small.qcow2']);
    await expect(storage.createImage(small)).rejects.toMatchObject({ code: 'invalid', data: { path: 'path' } });
    expect(await jobs.list()).toHaveLength(1);
  });
});

it('asks the doctor once, however many want to know', async () => {
  await using fixture = await Fixture.make();
  await withConnection(fixture, async ({ jobs, host }) => {
    const [one, two] = await Promise.all([host.doctor({ begunBy }), host.doctor({ begunBy })]);
    expect(two.id).toBe(one.id);
    await jobs.cancel(one).catch(() => undefined); // it may have ended
    await jobs.idle();
    expect(await jobs.list()).toHaveLength(1);
  });
});
