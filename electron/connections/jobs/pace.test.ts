import { expect, it } from 'vitest';
import { Pace } from './pace.ts';

it('is that of the last seconds, and begins anew where something else is counted', () => {
  const pace = new Pace();
  expect(pace.add(0, 0)).toBeNull();
  expect(pace.add(1000, 100)).toBe(100);
  for (let second = 2; second <= 20; second += 1) pace.add(second * 1000, 100 + (second - 1) * 10);
  expect(pace.add(21_000, 300)).toBe(10);
  expect(pace.add(22_000, 5)).toBeNull();
  expect(pace.add(23_000, 25)).toBe(20);
});
