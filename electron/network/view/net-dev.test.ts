import { expect, test } from 'vitest';
import { readNetDev } from './net-dev.ts';

test('/proc/net/dev with names that hold colons and dots, and counters that touch the colon', () => {
  const text = [
    'Inter-|   Receive                                                |  Transmit',
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
    '    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0',
    'a:b.5:7 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16',
    '',
  ].join('\n');
  expect(Object.fromEntries(readNetDev(text))).toEqual({
    lo: { rxBytes: 100, rxPackets: 1, rxErrors: 0, rxDropped: 0, txBytes: 100, txPackets: 1, txErrors: 0, txDropped: 0 },
    'a:b.5': { rxBytes: 7, rxPackets: 2, rxErrors: 3, rxDropped: 4, txBytes: 9, txPackets: 10, txErrors: 11, txDropped: 12 },
  });
});
