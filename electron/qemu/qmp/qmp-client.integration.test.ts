import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openMonitor } from './open-monitor.ts';

describe('QmpClient with a real QEMU', () => {
  let directory = '';
  let cleanup: (() => Promise<void>) | undefined;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tap-qmp-'));
  });

  afterEach(async () => {
    await cleanup?.();
    cleanup = undefined;
    await rm(directory, { recursive: true, force: true });
  });

  const start = (path: string) => {
    const child = spawn(
      'qemu-system-x86_64',
      ['-machine', 'none', '-display', 'none', '-nodefaults', '-S', '-qmp', `unix:${path},server=on,wait=off`],
      {
        stdio: 'ignore',
      },
    );
    const exited = once(child, 'exit');
    cleanup = async () => {
      child.kill('SIGKILL');
      await exited;
    };
    return { child, exited };
  };

  it('connects as soon as the socket is there, talks, reconnects, and sees SHUTDOWN and the end', async () => {
    const path = join(directory, 'qmp');
    const opening = openMonitor(path, { deadline: 30_000 });
    const { exited } = start(path);
    const first = await opening;
    expect(await first.execute('query-status')).toMatchObject({ running: false });
    first.close();

    const second = await openMonitor(path, { deadline: 30_000 });
    const schema = await second.execute('query-qmp-schema');
    expect(Array.isArray(schema)).toBe(true);
    await expect(second.execute('no-such-command')).rejects.toMatchObject({
      data: { code: 'qmp', detail: expect.stringContaining('CommandNotFound') as string },
    });
    const shutdown = second.waitForEvent((event) => event.event === 'SHUTDOWN');
    await second.execute('quit');
    await expect(shutdown).resolves.toMatchObject({ data: { guest: false, reason: 'host-qmp-quit' } });
    await second.closed;
    await exited;
  });

  it('stops waiting for a socket that never comes when its signal says so', async () => {
    const controller = new AbortController();
    const opening = openMonitor(join(directory, 'never'), { deadline: 30_000, signal: controller.signal });
    controller.abort();
    await expect(opening).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('gives up at the deadline', async () => {
    await expect(openMonitor(join(directory, 'never'), { deadline: 30 })).rejects.toMatchObject({ code: 'deadline' });
  });
});
