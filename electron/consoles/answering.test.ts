import { expect, it } from 'vitest';
import { Answering } from './answering.ts';

it('asks the terminal that was opened last, until somebody types at one; then that one', () => {
  const answering = new Answering();
  const [one, two, other] = [answering.enter('port'), answering.enter('port'), answering.enter('another port')];
  const asked = () => [one, two, other].map((terminal) => terminal.isAsked());
  expect(asked()).toEqual([false, true, true]);
  one.typed();
  one.typed();
  expect(asked()).toEqual([true, false, true]);
  const three = answering.enter('port');
  expect(three.isAsked()).toBe(false);
  two.typed();
  expect(asked()).toEqual([false, true, true]);
  // The one before takes its place again.
  two.leave();
  expect(asked()).toEqual([true, false, true]);
  one.leave();
  expect(three.isAsked()).toBe(true);
  three.leave();
  three.leave();
  expect(answering.enter('port').isAsked()).toBe(true);
});
