import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { partOf, runApt } from './apt.ts';
import { planned } from './distribution-packages.ts';
import { toldProgress } from './told-progress.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tapestry-apt-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** An apt-get that is this script. */
const apt = async (script: string): Promise<void> => {
  const file = path.join(folder, 'apt-get');
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
};

const never = new AbortController().signal;

it('reads from apt how far it is, and where it fetches how much from', () => {
  expect(partOf('dlstatus:1:12.5:Retrieving file 1 of 2 (3s remaining)')).toBe(0.125);
  expect(partOf('media-change: CD')).toBeUndefined();
  const uris = `'http://user:secret@deb.debian.org/debian/pool/main/b/busybox.deb' busybox.deb 928188 SHA256:3d
'mirror+https://deb.debian.org/linux.deb' linux.deb 1000 SHA256:11
'file:/srv/mirror/modules.deb' modules.deb 12 SHA256:22
`;
  expect(planned(uris)).toEqual({ source: 'deb.debian.org', total: 929_188 });
  expect(planned('')).toEqual({ source: undefined, total: 0 });
});

it('tells of progress, and apt’s own words when it fails', async () => {
  await apt('echo dlstatus:1:50:half >&3; echo "E: no such host" >&2; exit 100');
  const told: number[] = [];
  const run = runApt(['update'], { signal: never, patience: 600_000, from: 'deb.debian.org', tell: ({ part }) => told.push(part) });
  await expect(run).rejects.toThrow('E: no such host');
  expect(told).toEqual([0.5]);
});

it('ends an apt that stays silent, and says what to do', async () => {
  await apt('exec sleep 600');
  await expect(runApt(['update'], { signal: never, patience: 1, from: 'deb.debian.org' })).rejects.toMatchObject({
    code: 'deadline',
    message: expect.stringMatching(/^deb\.debian\.org sent nothing for/) as string,
    data: { next: expect.stringContaining('way to the internet') as string },
  });
});

it('is ended with the abort’s reason', async () => {
  await apt('echo dlstatus:1:1:begun >&3; exec sleep 600');
  const abort = new AbortController();
  const run = runApt(['update'], { signal: abort.signal, patience: 600_000, from: 'x', tell: () => abort.abort(new Error('enough')) });
  await expect(run).rejects.toThrow('enough');
});

it('tells the newest of what work says, ends with it, and ends it when nobody listens any more', async () => {
  const all: number[] = [];
  for await (const item of toldProgress<number>(async (tell) => {
    tell(1);
    tell(2);
    await Promise.resolve();
  }, never))
    all.push(item);
  expect(all).toEqual([2]);
  const failing = toldProgress<number>(() => Promise.reject(new Error('no')), never);
  await expect(failing.next()).rejects.toThrow('no');
  let ended = false;
  for await (const _ of toldProgress<number>(async (tell, signal) => {
    tell(1);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    ended = true;
  }, never))
    break;
  expect(ended).toBe(true);
});
