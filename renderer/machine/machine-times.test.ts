import { describe, expect, it } from 'vitest';
import { fakeSummary, running } from '../testing/fake-machines.ts';
import { spanSince, uptimeOf } from './machine-times.ts';

describe('the times of a machine', () => {
  it('says how long it runs, second by second at first', () => {
    const machine = fakeSummary('web-01', running({ startedAt: 10_000 }));
    expect([11_000, 12_000, 70_000, 10_000 + 3 * 3_600_000].map((now) => uptimeOf(machine, now))).toEqual(['1 s', '2 s', '1 min', '3 h']);
  });

  it('says nothing of a machine that is shut off, or whose beginning is not known', () => {
    expect(uptimeOf(fakeSummary('web-01'), 5000)).toBe('');
    expect(spanSince(null, 5000)).toBe('');
  });
});
