import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { WhileSpare } from './while-spare.ts';

it('makes a text’s value once within a request, and keeps the last few', () => {
  const kept = new WhileSpare<{ readonly of: string }>(2);
  const made: string[] = [];
  const of = (text: string) =>
    kept.of(text, () => {
      made.push(text);
      return { of: text };
    });
  expect(of('a')).toBe(of('a'));
  of('b');
  of('a');
  of('c');
  expect(of('c')).toEqual({ of: 'c' });
  of('a');
  expect(made).toEqual(['a', 'b', 'c', 'a']);
});

it('remembers no failure', () => {
  const kept = new WhileSpare<object>(2);
  const fail = () => {
    throw new Error('no');
  };
  expect(() => kept.of('a', fail)).toThrow('no');
  expect(kept.of('a', () => [1])).toEqual([1]);
});

it('holds nothing that memory is wanted for', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const kept = new WhileSpare<object>(2);
  let made = 0;
  const make = () => {
    made += 1;
    return {};
  };
  kept.of('a', make);
  await pause(0); // what a turn has looked at stays until its end
  collect();
  kept.of('a', make);
  expect(made).toBe(2);
});
