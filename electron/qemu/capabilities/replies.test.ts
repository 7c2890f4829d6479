import { expect, test } from 'vitest';
import { capabilitiesOf } from './capabilities.ts';
import { parseReplies } from './replies.ts';

test('commands and replies alternate; braces in strings are text', () => {
  const text =
    '{"execute": "a", "arguments": {"x": "}{\\""}}\n\n{"return": {}}\n{"execute":"b"} {"error": {"class": "GenericError", "desc": "no"}, "id": "1"}';
  expect(parseReplies(text)).toEqual([
    { command: 'a', arguments: { x: '}{"' }, result: {} },
    { command: 'b', arguments: {}, error: { class: 'GenericError', desc: 'no' } },
  ]);
});

test.each([
  '',
  'hello',
  '{"execute":"a"}',
  '{"execute":"a"}{"nothing":1}',
  '{"return":1}{"return":1}',
  '{"execute":"a"}{"return":',
  '{"execute":"a",}{"return":1}',
])('what is no recording is refused: %j', (text) => {
  expect(() => parseReplies(text)).toThrow(
    expect.objectContaining({ data: expect.objectContaining({ code: 'invalid', path: 'capabilities' }) }),
  );
});

test("replies that aren't those of a QEMU are refused", () => {
  expect(() => capabilitiesOf([{ command: 'query-version', arguments: {}, result: { fish: 1 } }])).toThrow(
    expect.objectContaining({ data: expect.objectContaining({ code: 'qemu-invalid' }) }),
  );
});
