import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clockTime, subscribeClock } from './clock.ts';

const show = (state: 'visible' | 'hidden') => {
  Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
};

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => {
  Reflect.deleteProperty(document, 'visibilityState');
  vi.useRealTimers();
});

describe('the clock of the window', () => {
  it('ticks for all subscribers by one timer, and stops with the last of them', () => {
    const ticks: string[] = [];
    const first = subscribeClock(() => ticks.push('first'));
    const second = subscribeClock(() => ticks.push('second'));
    expect(vi.getTimerCount()).toBe(1);
    ticks.length = 0;
    vi.advanceTimersByTime(1000);
    expect(ticks).toEqual(['first', 'second']);
    expect(clockTime()).toBe(1_001_000);
    first();
    expect(vi.getTimerCount()).toBe(1);
    second();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('rests while the window is hidden, and is right at once when it is seen again', () => {
    let ticks = 0;
    const stop = subscribeClock(() => (ticks += 1));
    show('hidden');
    expect(vi.getTimerCount()).toBe(0);
    ticks = 0;
    vi.advanceTimersByTime(60_000);
    expect(ticks).toBe(0);
    show('visible');
    expect(ticks).toBe(1);
    expect(clockTime()).toBe(1_060_000);
    stop();
  });
});
