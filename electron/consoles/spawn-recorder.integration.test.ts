import { pbkdf2 } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { spawnRecorder } from './spawn-recorder.ts';

let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'tap-spawn-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

it('hears of a recorder that ends before its log could be closed', async () => {
  const program = path.join(directory, 'recorder');
  await writeFile(program, '#!/bin/sh\nexit 4\n', { mode: 0o755 });
  const record = { socketPath: path.join(directory, 's'), qemu: { pid: 1, startTime: 1 }, since: 0, limitBytes: 1024, ports: [] };
  const outcome = spawnRecorder(program, directory, record, true);
  // Behind the log's opening, and before its closing, in the queue of Node's four threads.
  const busy = Array.from({ length: 8 }, () => promisify(pbkdf2)('password', 'salt', 300_000, 64, 'sha512'));
  await expect(outcome).resolves.toBe('no-qemu');
  await Promise.all(busy);
});
