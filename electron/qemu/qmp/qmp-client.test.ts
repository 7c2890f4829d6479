import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { QmpClient } from './qmp-client.ts';
import { sampleGreeting, startFakeMonitor } from './testing/fake-monitor.ts';

const stamp = { seconds: 1, microseconds: 2 };

describe('QmpClient', () => {
  it('reads the greeting, negotiates and runs a command', async () => {
    await using monitor = await startFakeMonitor({ answer: (command) => ({ return: { status: 'running' }, id: command.id }) });
    const client = await QmpClient.connect(monitor.path);
    expect(client.greeting.QMP.version.qemu.major).toBe(7);
    await expect(client.execute('query-status', { a: 1, b: undefined })).resolves.toEqual({ status: 'running' });
    expect(monitor.commands.map((command) => command.execute)).toEqual(['qmp_capabilities', 'query-status']);
    expect(monitor.commands[1]?.arguments).toEqual({ a: 1 });
    client.close();
  });

  it('matches replies to commands by id, in whatever order they come', async () => {
    await using monitor = await startFakeMonitor();
    const client = await QmpClient.connect(monitor.path);
    const first = client.execute('one');
    const second = client.execute('two');
    const [one, two] = await Promise.all([monitor.seen('one'), monitor.seen('two')]);
    monitor.send({ return: 2, id: two.id }, { return: 1, id: one.id });
    await expect(Promise.all([first, second])).resolves.toEqual([1, 2]);
    client.close();
  });

  it('takes messages in pieces, several at once, with multi-byte characters cut in two', async () => {
    await using monitor = await startFakeMonitor();
    const client = await QmpClient.connect(monitor.path);
    const events: string[] = [];
    client.onEvent((event) => events.push(`${event.event}:${String(event.data['text'])}`));
    const answer = client.execute('look');
    const { id } = await monitor.seen('look');
    const bytes = Buffer.from(
      `${JSON.stringify({ event: 'A', data: { text: 'größe' }, timestamp: stamp })}\r\n${JSON.stringify({ event: 'B', data: { text: 'x' }, timestamp: stamp })}\r\n${JSON.stringify({ return: 'ok', id })}\r\n`,
    );
    for (let at = 0; at < bytes.length; at += 7) {
      monitor.sendRaw(bytes.subarray(at, at + 7));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect(answer).resolves.toBe('ok');
    expect(events).toEqual(['A:größe', 'B:x']);
    client.close();
  });

  it('gives the rest of the process its turn between the messages of a peer that floods, and loses none', async () => {
    await using monitor = await startFakeMonitor();
    const client = await QmpClient.connect(monitor.path);
    let seen = 0;
    let most = 0;
    let sinceTurn = 0;
    const turn = () => {
      sinceTurn = 0;
      if (client.open) setImmediate(turn);
    };
    turn();
    client.onEvent(() => {
      seen += 1;
      sinceTurn += 1;
      most = Math.max(most, sinceTurn);
    });
    const answer = client.execute('after');
    const { id } = await monitor.seen('after');
    monitor.sendRaw(Buffer.from(`${JSON.stringify({ event: 'FLOOD', timestamp: stamp })}\r\n`.repeat(3000)));
    monitor.send({ return: 'heard', id });
    await expect(answer).resolves.toBe('heard');
    expect(seen).toBe(3000);
    expect(most).toBeLessThanOrEqual(200);
    client.close();
  });

  it('tells once of a peer that says nothing though it was asked, also when nobody waits any more, and again after it spoke', async () => {
    await using monitor = await startFakeMonitor();
    const client = await QmpClient.connect(monitor.path);
    let told = 0;
    let next = Promise.withResolvers<void>();
    client.onSilence(20, () => {
      told += 1;
      next.resolve();
    });
    const silence = async () => {
      await next.promise;
      next = Promise.withResolvers<void>();
    };
    await expect(client.execute('look', undefined, { deadline: 1 })).rejects.toMatchObject({ code: 'deadline' });
    await silence();
    const gone = new AbortController();
    const asked = client.execute('wait', undefined, { signal: gone.signal });
    gone.abort();
    await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
    expect(told).toBe(1);
    const [look, wait] = await Promise.all([monitor.seen('look'), monitor.seen('wait')]);
    monitor.send({ return: {}, id: look.id });
    await silence();
    expect(told).toBe(2);
    // All is answered: silence means nothing until something is asked again.
    monitor.send({ return: {}, id: wait.id });
    const answer = client.execute('again');
    monitor.send({ return: 'heard', id: (await monitor.seen('again')).id });
    await expect(answer).resolves.toBe('heard');
    const last = client.execute('last');
    await silence();
    expect(told).toBe(3);
    client.close();
    await expect(last).rejects.toMatchObject({ code: 'closed' });
  });

  it('takes what a peer said before it hung up, however much at once', async () => {
    await using monitor = await startFakeMonitor();
    let seen = 0;
    const client = await QmpClient.connect(monitor.path, { onEvent: () => (seen += 1) });
    monitor.sendRaw(Buffer.from(`${JSON.stringify({ event: 'LAST', timestamp: stamp })}\r\n`.repeat(700)));
    monitor.hangUp();
    await client.closed;
    expect(seen).toBe(700);
  });

  it('delivers events that came with the greeting to the listener given at connect', async () => {
    await using monitor = await startFakeMonitor({
      greeting: `${JSON.stringify(sampleGreeting)}\r\n${JSON.stringify({ event: 'EARLY', timestamp: stamp })}\r\n`,
    });
    const seen: string[] = [];
    const client = await QmpClient.connect(monitor.path, { onEvent: (event) => seen.push(event.event) });
    expect(seen).toEqual(['EARLY']);
    client.close();
  });

  it("gives QEMU's error with its class and words", async () => {
    await using monitor = await startFakeMonitor({
      answer: (command) => ({ error: { class: 'DeviceNotFound', desc: "Device 'net9' not found" }, id: command.id }),
    });
    const client = await QmpClient.connect(monitor.path);
    await expect(client.execute('device_del', { id: 'net9' })).rejects.toMatchObject({
      data: { code: 'qmp', detail: "DeviceNotFound: Device 'net9' not found" },
    });
    client.close();
  });

  it('drops an answer that comes after its deadline, and goes on', async () => {
    await using monitor = await startFakeMonitor();
    const client = await QmpClient.connect(monitor.path);
    await expect(client.execute('slow', undefined, { deadline: 5 })).rejects.toMatchObject({ code: 'deadline' });
    const { id } = await monitor.seen('slow');
    const next = client.execute('next');
    const { id: nextId } = await monitor.seen('next');
    monitor.send({ return: 'late', id }, { return: 'in time', id: nextId });
    await expect(next).resolves.toBe('in time');
    client.close();
  });

  it('rejects a cancelled command with `cancelled`', async () => {
    await using monitor = await startFakeMonitor();
    const client = await QmpClient.connect(monitor.path);
    const controller = new AbortController();
    const answer = client.execute('slow', undefined, { signal: controller.signal });
    controller.abort();
    await expect(answer).rejects.toMatchObject({ code: 'cancelled' });
    await expect(client.execute('never', undefined, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
    client.close();
  });

  it('rejects what waits with `closed` when the peer hangs up, and says so of later commands', async () => {
    await using monitor = await startFakeMonitor();
    const client = await QmpClient.connect(monitor.path);
    const answer = client.execute('slow');
    await monitor.seen('slow');
    monitor.hangUp();
    await expect(answer).rejects.toMatchObject({ code: 'closed' });
    await expect(client.closed).resolves.toBeUndefined();
    expect(client.open).toBe(false);
    await expect(client.execute('more')).rejects.toMatchObject({ code: 'closed' });
    await expect(client.waitForEvent(() => true)).rejects.toMatchObject({ code: 'closed' });
  });

  it.each([
    ['a banner of another service', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['JSON that is no greeting', '{"hello":"world"}\r\n'],
    ['binary bytes', Buffer.from([0xff, 0xfe, 0x00, 0x0a]).toString('latin1')],
  ])('refuses a peer that greets with %s', async (_what, greeting) => {
    await using monitor = await startFakeMonitor({ greeting });
    await expect(QmpClient.connect(monitor.path)).rejects.toMatchObject({ code: 'qmp-protocol' });
  });

  it.each([
    ['text', 'nonsense\r\n'],
    ['JSON of no known kind', '{"x":1}\r\n'],
    ['an event without a timestamp', '{"event":"STOP"}\r\n'],
    ['an error without words', '{"error":{},"id":"t2"}\r\n'],
    ['a bare number', '7\r\n'],
  ])('ends the connection with `qmp-protocol` when the peer sends %s later', async (_what, garbage) => {
    await using monitor = await startFakeMonitor();
    const client = await QmpClient.connect(monitor.path);
    const answer = client.execute('query-status');
    await monitor.seen('query-status');
    monitor.sendRaw(garbage);
    await expect(answer).rejects.toMatchObject({ code: 'qmp-protocol' });
    await expect(client.closed).resolves.toMatchObject({ code: 'qmp-protocol' });
  });

  it('refuses a message over the limit, in the greeting and later', async () => {
    await using endless = await startFakeMonitor({ greeting: 'x'.repeat(2000) });
    await expect(QmpClient.connect(endless.path, { messageLimit: 1000 })).rejects.toMatchObject({ code: 'qmp-protocol' });
    await using monitor = await startFakeMonitor();
    const client = await QmpClient.connect(monitor.path, { messageLimit: 1000 });
    monitor.sendRaw('y'.repeat(1001));
    await expect(client.closed).resolves.toMatchObject({ code: 'qmp-protocol' });
  });

  it('gives up on a peer that never greets, and when cancelled', async () => {
    await using monitor = await startFakeMonitor({ greeting: undefined });
    await expect(QmpClient.connect(monitor.path, { deadline: 20 })).rejects.toMatchObject({ code: 'deadline' });
    const controller = new AbortController();
    const connecting = QmpClient.connect(monitor.path, { signal: controller.signal });
    controller.abort();
    await expect(connecting).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('throws the system error when nothing listens', async () => {
    await expect(QmpClient.connect('/nonexistent/monitor')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('waits for an event, and stops waiting at the deadline', async () => {
    await using monitor = await startFakeMonitor();
    const client = await QmpClient.connect(monitor.path);
    const waiting = client.waitForEvent((event) => event.event === 'DEVICE_DELETED' && event.data['device'] === 'net1');
    monitor.send(
      { event: 'DEVICE_DELETED', data: { path: '/x' }, timestamp: stamp },
      { event: 'DEVICE_DELETED', data: { device: 'net1' }, timestamp: stamp },
    );
    await expect(waiting).resolves.toMatchObject({ data: { device: 'net1' } });
    await expect(client.waitForEvent(() => true, { deadline: 5 })).rejects.toMatchObject({ code: 'deadline' });
    const never = client.waitForEvent(() => false).catch((error: unknown) => error);
    client.close();
    await expect(never).resolves.toMatchObject({ code: 'closed', message: expect.stringContaining('the event') as string });
  });

  it('lends its socket: a child process writes a command on it, and its reply is found by id', async () => {
    await using monitor = await startFakeMonitor({ answer: (command) => ({ return: command.execute, id: command.id }) });
    const client = await QmpClient.connect(monitor.path);
    const whileLent: string[] = [];
    const lent = client.lend(async (socket, reply) => {
      const child = spawn('/bin/sh', ['-c', `printf '{"execute":"getfd","id":"getfd:a"}\\n' >&3`], {
        stdio: ['ignore', 'ignore', 'ignore', socket],
      });
      await new Promise((resolve) => child.on('exit', resolve));
      const value = await reply('getfd:a');
      whileLent.push(...monitor.commands.map((command) => command.execute));
      return value;
    });
    const other = client.execute('query-status');
    await expect(lent).resolves.toBe('getfd');
    await expect(other).resolves.toBe('query-status');
    expect(whileLent).toEqual(['qmp_capabilities', 'getfd']);
    client.close();
  });
});
