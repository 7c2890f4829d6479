import { expect, it } from 'vitest';
import { guestFiles } from './guest-files.ts';

it('lets init touch no terminal once a shell may be at its prompt', () => {
  const inittab = guestFiles.find(({ path }) => path === 'etc/inittab');
  if (inittab?.kind !== 'file') throw new Error('there is no inittab');
  const entries = String(inittab.content)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':'));
  const beside = entries.filter(([, , action]) => action !== 'sysinit' && action !== 'shutdown' && action !== 'ctrlaltdel');
  expect(beside.length).toBeGreaterThan(0);
  // busybox's init gives a child without a terminal of its own the console, and sets that to echo.
  expect(beside.filter(([terminal]) => terminal !== 'null')).toEqual([]);
});
