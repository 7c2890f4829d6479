import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { within } from './within.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

it('tells whether a promise resolved in time, passes its failure on, and leaves no timer', async () => {
  await expect(within(Promise.resolve(undefined), 1000)).resolves.toBe(true);
  await expect(within(Promise.reject(new Error('no')), 1000)).rejects.toThrow('no');
  expect(vi.getTimerCount()).toBe(0);
  const never = within(new Promise(() => undefined), 1000);
  await vi.advanceTimersByTimeAsync(1000);
  await expect(never).resolves.toBe(false);
});
