import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TapestryError } from '../../../../shared/errors.ts';
import { warmUp, type WarmUpOptions } from './warm-up.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const directories = { machines: '/m', sockets: '/s', state: '/t', logs: '/l', recordings: '/r', images: '/i', cache: '/c' };

const begin = (changes: Partial<WarmUpOptions> = {}) => {
  const prepare = vi.fn<WarmUpOptions['backend']['prepare']>();
  const log = vi.fn<WarmUpOptions['log']>();
  const capabilities = vi.fn<WarmUpOptions['capabilities']>();
  const options = {
    findEmulator: async () => '/qemu',
    capabilities,
    backend: { complete: (xml: string) => xml, prepare },
    directories,
    log,
  };
  return { prepare, log, capabilities, end: warmUp({ ...options, ...changes }) };
};

it('asks the emulator at once, and plans a machine that has what most have a little later', async () => {
  const { prepare, capabilities } = begin();
  await vi.advanceTimersByTimeAsync(0);
  expect(capabilities).toHaveBeenCalledWith('/qemu');
  expect(prepare).not.toHaveBeenCalled();
  await vi.runAllTimersAsync();
  expect(prepare).toHaveBeenCalledOnce();
  expect(prepare.mock.calls[0]?.[0]).toMatch(/<disk.*<interface type='user'>/s);
  expect(prepare.mock.calls[0]?.[1].runtime).toBe('/s/never-started');
});

it('plans nothing where there is no emulator, or when it was ended', async () => {
  const none = begin({ findEmulator: async () => undefined });
  const ended = begin();
  await ended.end();
  await vi.runAllTimersAsync();
  expect(none.prepare).not.toHaveBeenCalled();
  expect(none.capabilities).not.toHaveBeenCalled();
  expect(ended.prepare).not.toHaveBeenCalled();
});

it('tells of our own defects only', async () => {
  const usual = begin({ capabilities: () => Promise.reject(new TapestryError('qemu-invalid', 'It babbles.')) });
  const defect = begin({ capabilities: () => Promise.reject(new TypeError('x is undefined')) });
  await vi.runAllTimersAsync();
  expect(usual.log).not.toHaveBeenCalled();
  expect(defect.log).toHaveBeenCalledTimes(2);
});
