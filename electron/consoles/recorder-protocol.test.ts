import { expect, test } from 'vitest';
import { type RecorderReply, ReplyDecoder, inputRequests, payloadMax, subscribeRequest } from './recorder-protocol.ts';

const frame = (type: number, payload: Buffer): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt32LE(payload.length + 1);
  head[4] = type;
  return Buffer.concat([head, payload]);
};

const offset = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};

const state = Buffer.concat([
  Buffer.from([1, 1, 2, 0, 0, 0]),
  offset(5),
  offset(9),
  offset(65_536),
  offset(1_700_000_000_000),
  Buffer.from('why'),
]);
const stream = Buffer.concat([
  frame(1, Buffer.concat([offset(1000), Buffer.from('hello')])),
  frame(2, state),
  frame(3, Buffer.alloc(0)),
  frame(1, offset(7)),
  frame(4, Buffer.from('no such port')),
]);

test.each([1, 2, 3, 7, 13, stream.length])('reads replies however they are cut: pieces of %i bytes', (size) => {
  const decoder = new ReplyDecoder();
  const replies: RecorderReply[] = [];
  for (let at = 0; at < stream.length; at += size) replies.push(...decoder.push(Buffer.from(stream.subarray(at, at + size))));
  const data = replies.filter((reply) => reply.type === 'data');
  expect(Buffer.concat(data.map(({ bytes }) => bytes)).toString()).toBe('hello');
  let next = 1000;
  for (const piece of data) {
    expect(piece.offset).toBe(next);
    next += piece.bytes.length;
  }
  expect(replies.filter((reply) => reply.type !== 'data')).toEqual([
    {
      type: 'state',
      state: { connected: true, interactive: true, viewers: 2, start: 5, end: 9, limit: 65_536, since: 1_700_000_000_000, message: 'why' },
    },
    { type: 'done' },
    { type: 'error', message: 'no such port' },
  ]);
});

test.each([
  ['a frame longer than any', Buffer.from([2, 0, 2, 0, 1])],
  ['a frame without a type', Buffer.from([0, 0, 0, 0, 1])],
  ['an unknown type', frame(9, Buffer.alloc(0))],
  ['data without an offset', frame(1, Buffer.alloc(3))],
  ['half a state', frame(2, Buffer.alloc(10))],
])('refuses %s', (_what, bytes) => {
  expect(() => new ReplyDecoder().push(bytes)).toThrow('the recorder');
});

test('cuts what is typed into frames that the recorder takes', () => {
  const frames = inputRequests(Buffer.alloc(payloadMax + 1, 'x'));
  expect(frames.map((each) => each.length)).toEqual([payloadMax + 5, 6]);
  expect(inputRequests(Buffer.alloc(0))).toEqual([]);
});

test('asks for the present end by an offset beyond all', () => {
  expect(subscribeRequest('serial0', 'end').subarray(5, 13)).toEqual(Buffer.alloc(8, 0xff));
  expect(subscribeRequest('serial0', 300).readBigUInt64LE(5)).toBe(300n);
});
