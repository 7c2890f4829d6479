import { once } from 'node:events';
import { readFile, rename } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { identifyProcess, isProcessAlive } from '../../../processes/process-identity.ts';
import { definition, Fixture, never } from '../testing/fixture.ts';

const generous = { timeout: 60_000, interval: 20 };

const silence = { code: 'qmp', data: { message: 'The QEMU of “a” doesn’t answer.', fixes: [{ kind: 'force-off' }] } };

it.each(['suspend', 'reset', 'shutdown', 'reboot'] as const)(
  'says of a QEMU that was stopped that it does not answer: %s',
  async (action) => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    const { machine } = await machines.define(definition('a'));
    await machine.act('start', never);
    const { pid } = machine.summary();
    process.kill(pid ?? 0, 'SIGSTOP');
    await expect(machine.act(action, never)).rejects.toMatchObject(silence);
    expect(machine.summary()).toMatchObject({ state: 'unknown', pid, lastError: { code: 'qmp', fixes: [{ kind: 'force-off' }] } });
    // The same words for whatever is asked next, at once.
    for (const other of ['suspend', 'reset', 'shutdown', 'reboot', 'resume'] as const)
      await expect(machine.act(other, never)).rejects.toMatchObject(silence);
    process.kill(pid ?? 0, 'SIGCONT');
    // What it was asked it does late, and its state is known again.
    await expect.poll(() => machine.state.state, generous).toBe(action === 'suspend' ? 'paused' : 'running');
    if (action === 'suspend') expect(machine.state.reason).toBe('user');
    await expect.poll(() => machine.failure, generous).toBeUndefined();
    await machine.act('destroy', never);
  },
);

it('shows that QEMU does not answer whoever asked it whatever, until it does', async () => {
  await using fixture = await Fixture.make();
  const machines = await fixture.open();
  const { machine } = await machines.define(definition('a'));
  await machine.act('start', never);
  const { pid } = machine.summary();
  process.kill(pid ?? 0, 'SIGSTOP');
  await expect(machine.run?.qmp.execute('query-blockstats', undefined, { deadline: 1 })).rejects.toMatchObject({ code: 'deadline' });
  await expect.poll(() => machine.summary(), generous).toMatchObject({ state: 'unknown', pid, lastError: { code: 'qmp' } });
  process.kill(pid ?? 0, 'SIGCONT');
  await expect.poll(() => machine.summary(), generous).toMatchObject({ state: 'running', pid });
  await expect.poll(() => machine.failure, generous).toBeUndefined();
});

it('ends a QEMU that was stopped', async () => {
  await using fixture = await Fixture.make();
  const machines = await fixture.open();
  const { machine } = await machines.define(definition('a'));
  await machine.act('start', never);
  process.kill(machine.summary().pid ?? 0, 'SIGSTOP');
  await machine.act('destroy', never);
  expect(machine.state).toEqual({ state: 'shut off', reason: 'destroyed' });
  expect(await fixture.processes()).toEqual([]);
});

it('starts again though the recorder of the run before was stopped', async () => {
  await using fixture = await Fixture.make();
  const machines = await fixture.open();
  const { machine } = await machines.define(definition('a', '<pty/>'));
  await machine.act('start', never);
  const recorders = async () => {
    const found = [];
    for (const pid of await fixture.processes()) {
      const argv = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (argv.includes('--directory')) found.push(await identifyProcess(pid));
    }
    return found;
  };
  const [stopped] = await recorders();
  process.kill(stopped?.pid ?? 0, 'SIGSTOP');
  await machine.act('destroy', never);
  await machine.act('start', never);
  expect(machine.state.state).toBe('running');
  // The one that was stopped gives its place up before its disk has written all: it may be there for a moment beside the next.
  await expect.poll(recorders, generous).not.toContainEqual(stopped);
  expect(await recorders()).toHaveLength(1);
});

it('ends a machine whose monitor floods events without hearing them all', async () => {
  await using fixture = await Fixture.make();
  const before = await fixture.open();
  const { machine } = await before.define(definition('a'));
  await machine.act('start', never);
  const qemu = machine.run?.process ?? { pid: 0, startTime: 0 };
  const { monitor } = machine.run?.record ?? { monitor: '' };
  await before.close();
  await rename(monitor, `${monitor}.real`);
  const stamp = { seconds: 1, microseconds: 0 };
  const flood = ['STOP', 'RESUME']
    .map((event) => `${JSON.stringify({ event, timestamp: stamp })}\r\n`)
    .join('')
    .repeat(500);
  const pour = (socket: Socket): void => {
    while (!socket.destroyed && socket.write(flood)) continue;
    socket.once('drain', () => setImmediate(pour, socket));
  };
  const version = { qemu: { major: 9, minor: 0, micro: 0 }, package: '' };
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(`${JSON.stringify({ QMP: { version, capabilities: [] } })}\r\n`);
    socket.on('data', (chunk: Buffer) => {
      for (const line of chunk
        .toString()
        .split('\n')
        .filter((text) => text !== '')) {
        const { id, execute } = JSON.parse(line) as { id: string; execute: string };
        socket.write(`${JSON.stringify({ id, return: execute === 'query-status' ? { status: 'running' } : {} })}\r\n`);
        if (execute === 'query-status') pour(socket);
      }
    });
  }).listen(monitor);
  await once(server, 'listening');
  const machines = await fixture.open();
  const found = machines.find('a');
  expect(found.summary()).toMatchObject({ pid: qemu.pid });
  await found.act('destroy', never);
  expect(await isProcessAlive(qemu)).toBe(false);
  expect(found.state).toEqual({ state: 'shut off', reason: 'destroyed' });
  server.close();
});
