import { expect, it } from 'vitest';
import { monitorDeadline } from './start-machine.ts';

const gibibyte = 1024 * 1024;

it('waits the longer for QEMU the more memory and disks it has to prepare', () => {
  expect(monitorDeadline(512 * 1024, 0)).toBeGreaterThanOrEqual(60_000);
  // 14 GiB that are allocated at once took more than a minute.
  expect(monitorDeadline(14 * gibibyte, 1)).toBeGreaterThan(3 * 60_000);
  expect(monitorDeadline(64 * gibibyte, 20)).toBeGreaterThan(monitorDeadline(64 * gibibyte, 1));
  // What a timer takes.
  expect(monitorDeadline(Number.MAX_SAFE_INTEGER, 1000)).toBeLessThan(2 ** 31);
});
