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

it('lets the kernel note nothing on the console before anything else may have a prompt there', () => {
  const startup = guestFiles.find(({ path }) => path === 'etc/startup');
  if (startup?.kind !== 'file') throw new Error('there is no startup');
  // Errors and worse are still shown: Documentation/admin-guide/sysctl/kernel.rst, printk.
  expect(String(startup.content).split('\n')[1]).toBe('echo 4 >/proc/sys/kernel/printk');
});
