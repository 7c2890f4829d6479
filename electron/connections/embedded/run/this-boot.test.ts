import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { beforeEach, expect, it, vi } from 'vitest';
import type * as module from './this-boot.ts';

/** Reads of /etc/machine-id fail with this, so many times. */
const fault = vi.hoisted(() => ({ code: '', times: 0 }));
vi.mock(import('node:fs/promises'), async (original) => {
  const actual = await original();
  return {
    ...actual,
    readFile: ((...args: Parameters<typeof actual.readFile>) => {
      if (args[0] !== '/etc/machine-id') return actual.readFile(...args);
      if (fault.times <= 0) return Promise.resolve('0123456789abcdef\n');
      fault.times -= 1;
      return Promise.reject(Object.assign(new Error(`${fault.code}: as told`), { code: fault.code }));
    }) as typeof actual.readFile,
  };
});

let thisBoot: typeof module.thisBoot;
beforeEach(async () => {
  vi.resetModules();
  ({ thisBoot } = await import('./this-boot.ts'));
});

it('names the boot and the computer, through refusals that pass', async () => {
  Object.assign(fault, { code: 'EMFILE', times: 2 });
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  expect(await thisBoot()).toEqual({ boot, computer: '0123456789abcdef' });
});

it('takes a computer without an id by its name', async () => {
  for (const code of ['ENOENT', 'EACCES']) {
    vi.resetModules();
    ({ thisBoot } = await import('./this-boot.ts'));
    Object.assign(fault, { code, times: 1000 });
    expect((await thisBoot()).computer).toBe(hostname());
  }
});

it('is no other computer because its id can’t be read for now', async () => {
  Object.assign(fault, { code: 'EMFILE', times: 1000 });
  await expect(thisBoot()).rejects.toMatchObject({ code: 'EMFILE' });
  fault.times = 0;
  expect((await thisBoot()).computer).toBe('0123456789abcdef');
});
