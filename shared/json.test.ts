import { expect, test } from 'vitest';
import { jsonOrUndefined } from './json.ts';

test('JSON becomes its value', () => {
  expect(jsonOrUndefined('{"a":[1,null]}')).toEqual({ a: [1, null] });
  expect(jsonOrUndefined('null')).toBeNull();
});

test.each(['', '{', 'undefined', '{"a":1}{'])('%j is none', (text) => expect(jsonOrUndefined(text)).toBeUndefined());
