import { expect, test } from 'vitest';
import { fromHelper, now } from './clock.ts';

test('follows the host’s clock to the millisecond, and never goes back', () => {
  let before = 0;
  for (let look = 0; look < 1000; look += 1) {
    const [wall, time] = [Date.now(), now()];
    expect(time).toBeGreaterThanOrEqual(before);
    expect(Math.abs(time - wall)).toBeLessThan(100);
    before = time;
  }
});

test('comes after what the helper told last', () => {
  const told = (now() + 0.75) * 1000;
  expect(fromHelper(told)).toBe(told / 1000);
  expect(now()).toBeGreaterThanOrEqual(told / 1000);
});

test('a time that can’t be true holds nothing up', () => {
  fromHelper((Date.now() + 3_600_000) * 1000);
  expect(now() - Date.now()).toBeLessThan(1000);
});
