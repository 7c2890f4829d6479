import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCli, type Cli } from './testing/open-cli.ts';

let cli: Cli;
beforeAll(async () => {
  cli = await openCli();
});
afterAll(() => cli.close());

const begin = (name: string) =>
  cli.api['storage.createImage']({
    connection: 'embedded',
    path: path.join(cli.home, 'images', name),
    format: 'raw',
    sizeBytes: 64 * 1024 ** 3,
    preallocation: 'full',
  });
const json = async (...args: string[]) => JSON.parse(await cli.run(...args, '--json')) as unknown;

it('lists jobs that go on, says what is known of one, and cancels it', async () => {
  expect(await cli.run('jobs')).toMatch(/^ Id +Kind +Machine +Progress +Rate +State\n-+\n\n$/);
  const { id } = await begin('long.img');
  for await (const event of cli.api['jobs.watch']({})) if (event.kind === 'changed' && (event.job.amount?.done ?? 0) > 0) break;
  expect(await cli.run('jobs')).toMatch(new RegExp(`\\n ${id} +image +- +\\d+ % +(-|[\\d.]+ \\w+/s) +running\\n`));
  expect(await cli.run('job-info', String(id))).toMatch(
    /^Id: +\d+\nConnection: +embedded\nKind: +image\nTitle: +Creating long\.img\nState: +running\n[^]*Total: +64\.000 GiB\n[^]*Begun by: +cli\n/,
  );
  expect(await cli.run('job-cancel', String(id))).toBe(`Job ${id} cancelled. What it had begun was removed.\n\n`);
  expect(readdirSync(path.join(cli.home, 'images'))).toEqual([]);
  expect(await json('jobs')).toEqual([]);
  expect(await json('jobs', '--all')).toMatchObject([{ id, state: 'cancelled', cancelledBy: 'user' }]);
  expect(await cli.fails('job-cancel', String(id))).toMatch(/^error: Failed to cancel job 1\nerror: The job 1 has ended\.\n/);
  expect(await cli.fails('job-info', '99')).toMatch(/^error: failed to get job '99'\n/);
  expect(await cli.fails('job-info', 'x')).toMatch(/^error: /);
});

it('follows the doctor to its end, and a job of it stays to be read', async () => {
  expect(await cli.run('doctor').catch((error: Error) => error.message)).toMatch(/PASS {2}QEMU: /);
  const jobs = (await json('jobs', '--all')) as { kind: string; state: string; begunBy: object; result: { checks: { id: string }[] } }[];
  const doctor = jobs.find(({ kind }) => kind === 'doctor');
  expect(doctor).toMatchObject({ state: 'done', begunBy: { host: 'cli', command: 'doctor' } });
  expect(doctor?.result.checks.at(-1)?.id).toBe('kvm');
});
