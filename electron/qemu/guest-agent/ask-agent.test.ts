import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { askAgent } from './ask-agent.ts';
import { startFakeAgent, syncAnswer, type Asked } from './testing/fake-agent.ts';

/** Answers the synchronization, and the command with these bytes. */
const answering =
  (bytes: string | Buffer, before: string | Buffer = '') =>
  (asked: Asked, socket: Socket): void => {
    if ('sync' in asked) socket.write(Buffer.concat([Buffer.from(before), syncAnswer(asked.sync)]));
    else socket.write(bytes);
  };

test('synchronizes with the sentinel and a number of its own, asks, and hangs up', async () => {
  await using agent = await startFakeAgent(answering('{"return": {"version": "7.2"}}\n'));
  await expect(askAgent(agent.path, 'guest-info')).resolves.toEqual({ version: '7.2' });
  await expect(askAgent(agent.path, 'guest-info')).resolves.toEqual({ version: '7.2' });
  const said = Buffer.concat(agent.bytes);
  expect(said[0]).toBe(0xff);
  const ids = [...said.toString('latin1').matchAll(/\{"execute":"guest-sync-delimited","arguments":\{"id":(\d+)\}\}\n/g)].map(
    ([, id]) => id,
  );
  expect(new Set(ids).size).toBe(2);
  expect(agent.clients()).toBe(2);
});

test('what an earlier client left in the line is not its answer', async () => {
  // A whole answer, the answer to another's synchronization, half an answer, and what the agent says of the sentinel that it got.
  const left = Buffer.concat([
    Buffer.from('tail of something"}\n{"return": "old"}\n'),
    syncAnswer(7),
    Buffer.from('{"error": {"class": "GenericError", "desc": "Invalid JSON syntax"}}\n{"return": {"half'),
  ]);
  await using agent = await startFakeAgent(answering('{"return": "new"}\n', left));
  await expect(askAgent(agent.path, 'guest-info')).resolves.toBe('new');
});

test('takes answers in pieces, with multi-byte characters cut in two', async () => {
  const whole = Buffer.from('{"return": [{"name": "Größe 日本"}]}\n');
  await using agent = await startFakeAgent((asked, socket) => {
    const bytes = 'sync' in asked ? syncAnswer(asked.sync) : whole;
    void (async () => {
      for (const byte of bytes) {
        socket.write(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
  });
  await expect(askAgent(agent.path, 'x')).resolves.toEqual([{ name: 'Größe 日本' }]);
});

test.each([
  ['garbage', 'garbage\u0007\n', /what it says is no answer/, 'garbage.'],
  ['JSON that is no message', '[1,2,3]\n', /what it says is no answer/, '[1,2,3]'],
  ['an event', '{"event":"X","timestamp":{"seconds":1,"microseconds":2}}\n', /it sends events/, undefined],
  [
    'a refusal',
    `${JSON.stringify({ error: { class: 'CommandNotFound', desc: 'The command x has not\u001b[31m been found' } })}\n`,
    /it refuses x/,
    'CommandNotFound: The command x has not.[31m been found',
  ],
  ['a line without an end', Buffer.alloc(2 * 1024 * 1024, 'a'), /a line is longer than 1048576 bytes/, undefined],
  ['sentinels without an end', Buffer.alloc(5 * 1024 * 1024, 0xff), /writes more than any answer has/, undefined],
] as const)('refuses %s', async (_what, bytes, message, detail) => {
  await using agent = await startFakeAgent(answering(Buffer.from(bytes)));
  await expect(askAgent(agent.path, 'x', { deadline: 30_000 })).rejects.toMatchObject({
    code: 'agent-failed',
    message: expect.stringMatching(message) as string,
    ...(detail === undefined ? {} : { data: { detail } }),
  });
});

test('a flood without a sentinel ends the conversation, and is not kept', async () => {
  await using agent = await startFakeAgent((_asked, socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write(Buffer.alloc(65_536, '\n'))) continue;
    };
    socket.on('drain', more);
    more();
  });
  await expect(askAgent(agent.path, 'x', { deadline: 30_000 })).rejects.toMatchObject({
    code: 'agent-failed',
    message: expect.stringContaining('writes more than any answer has') as string,
  });
});

test.each([
  ['nobody behind the channel', () => undefined],
  ['a sentinel and no answer behind it', (_asked: Asked, socket: Socket) => void socket.write(Buffer.from([0xff]))],
  ['half an answer', answering('{"return": [{"na')],
  ['answers to others only', (asked: Asked, socket: Socket) => void ('sync' in asked && socket.write(syncAnswer(asked.sync + 1)))],
])('gives up at the deadline: %s', async (_what, answer) => {
  await using agent = await startFakeAgent(answer);
  await expect(askAgent(agent.path, 'x', { deadline: 100 })).rejects.toMatchObject({
    code: 'agent-failed',
    message: 'The guest agent can’t be used: it did not answer within 0.1 s.',
  });
});

test('says when its channel is closed half-way, isn’t there, or nobody wants to know any more', async () => {
  await using agent = await startFakeAgent((asked, socket) => {
    if ('sync' in asked) socket.write(syncAnswer(asked.sync));
    else socket.end('{"return": ');
  });
  await expect(askAgent(agent.path, 'x')).rejects.toMatchObject({
    code: 'agent-failed',
    message: expect.stringContaining('closed') as string,
  });
  await expect(askAgent(`${agent.path}-gone`, 'x')).rejects.toMatchObject({ code: 'agent-failed', data: { detail: /ENOENT/ } });
  await using silent = await startFakeAgent(() => undefined);
  const abort = new AbortController();
  const asking = askAgent(silent.path, 'x', { signal: abort.signal });
  abort.abort();
  await expect(asking).rejects.toMatchObject({ code: 'cancelled' });
});
