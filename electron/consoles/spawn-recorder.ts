import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { TapestryError } from '../../shared/errors.ts';
import { recorderArguments } from './recorder-arguments.ts';
import type { RecorderRecord } from './recorder-record.ts';
import { spawnProcess } from '../processes/spawn-process.ts';

/** How long the recorder may take to say that it is ready, ms: its own deadline for reaching the ports is 5 s. */
const readyDeadline = 15_000;

/** Exit statuses of serial-recorder/main.c. */
const exitStatus = { locked: 3, noQemu: 4 } as const;

/**
 * Starts the recorder in a session of its own and waits until its ports are open.
 *
 * @returns `ready`; `running` when another recorder has the directory already; `no-qemu` when QEMU has ended
 * @throws TapestryError `io` with the recorder's own words, `host-missing` when it can't be executed
 */
export async function spawnRecorder(
  program: string,
  directory: string,
  record: RecorderRecord,
  fresh: boolean,
): Promise<'ready' | 'running' | 'no-qemu'> {
  const logFile = path.join(directory, 'recorder.log');
  const log = await open(logFile, 'w', 0o600);
  const { promise: exited, resolve: settleExited } = Promise.withResolvers<{ code: number }>();
  const child = await (async () => {
    try {
      const started = spawnProcess(program, recorderArguments(directory, record, fresh), {
        detached: true,
        cwd: '/',
        stdio: ['ignore', 'pipe', log.fd],
      });
      // At once: one that has nothing to do ends while the log is closed, and its end is told only once.
      started.once('exit', (code) => settleExited({ code: Number(code) }));
      await once(started, 'spawn');
      return started;
    } catch (cause) {
      if (cause instanceof TapestryError) throw cause;
      throw new TapestryError('host-missing', 'The serial recorder can’t be started.', {
        detail: String(cause),
        next: 'Run npm run setup.',
        cause,
      });
    } finally {
      await log.close();
    }
  })();
  const { stdout } = child;
  const ready = new Promise<'ready'>((resolve) => {
    if (stdout !== null) createInterface({ input: stdout }).once('line', () => resolve('ready'));
  });
  const { promise: late, resolve: expire } = Promise.withResolvers<'late'>();
  // After a turn in which its end is heard of: a computer that slept has the timer and the end to tell at once.
  const timer = setTimeout(() => setImmediate(() => expire('late')), readyDeadline);
  try {
    const outcome = await Promise.race([ready, exited, late]);
    if (outcome === 'ready') return 'ready';
    if (outcome === 'late') child.kill('SIGKILL');
    else if (outcome.code === exitStatus.locked) return 'running';
    else if (outcome.code === exitStatus.noQemu) return 'no-qemu';
    throw new TapestryError(
      'io',
      outcome === 'late' ? 'The serial recorder did not get ready in time.' : 'The serial recorder ended at once.',
      {
        detail: (await readFile(logFile, 'utf8')).trim(),
      },
    );
  } finally {
    clearTimeout(timer);
    stdout?.destroy();
    child.unref();
  }
}
