import { expect, test } from 'vitest';
import { readTraffic } from './host-view.ts';

test('bytes and drops of /proc/net/dev', () => {
  const text = [
    'Inter-|   Receive                                                |  Transmit',
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
    '    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0',
    'a:b.5: 7 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16',
    '',
  ].join('\n');
  expect(Object.fromEntries(readTraffic(text))).toEqual({
    lo: { rxBytes: 100, rxDropped: 0, txBytes: 100, txDropped: 0 },
    'a:b.5': { rxBytes: 7, rxDropped: 4, txBytes: 9, txDropped: 12 },
  });
});
