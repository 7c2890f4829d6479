import { expect, it } from 'vitest';
import { median, report } from './measure.ts';

it.each([
  [[3], 3],
  [[3, 1, 2], 2],
  [[4, 1, 2, 3], 2.5],
])('the median of %j is %d', (values, middle) => {
  expect(median(values)).toBe(middle);
});

it('reports side by side, and says whether a target is met', () => {
  const text = report({
    title: 'start',
    unit: 'ms',
    ours: { name: 'ours', samples: [120, 130, 110] },
    others: [
      { name: 'bare', samples: [100] },
      { name: 'slow', samples: [1000] },
    ],
    targets: [
      { against: 'bare', most: 1.1 },
      { against: 'slow', most: 0.25 },
      { against: 'absent', most: 1 },
    ],
    notes: ['absent: not installed'],
  });
  expect(text).toContain('MISSED: 1.20 times bare; the target is at most 1.1');
  expect(text).toContain('met: 0.12 times slow; the target is at most 0.25');
  expect(text).toContain('ours                              120 ms  (110 to 130, 3 runs)');
  expect(text).toContain('absent: not installed');
  expect(text).not.toContain('times absent');
});

it('reports a rate that must not fall below, and a bound of its own', () => {
  const rate = report({
    title: 'console',
    unit: 'MB/s',
    ours: { name: 'ours', samples: [6] },
    others: [{ name: 'socket', samples: [10] }],
    targets: [{ against: 'socket', least: 0.7 }],
  });
  expect(rate).toContain('MISSED: 0.60 times socket; the target is at least 0.7');
  expect(report({ title: 'memory', unit: 'MB', ours: { name: 'idle', samples: [90] }, others: [], atMost: 120 })).toContain(
    'met: the target is at most 120 MB',
  );
});
