import { describe, expect, it } from 'vitest';
import { TapestryError } from '../../../../shared/errors.ts';
import { GuestMemory } from './guest-memory.ts';

const never = 2 ** 64 - 1;
const now = 1_000_000;
const MiB = 1024 * 1024;

/** A QEMU with a balloon: what it was asked, and answers to change. */
const qemu = (balloon = `<memballoon model='virtio'><alias name='balloon0'/></memballoon>`) => {
  const asked: unknown[] = [];
  const answers = {
    interval: 0,
    stats: { 'stat-total-memory': 256 * MiB, 'stat-available-memory': 192 * MiB, 'stat-free-memory': 128 * MiB },
    at: now / 1000,
    gone: false,
  };
  const execute = (command: string, args?: Record<string, unknown>): Promise<unknown> => {
    asked.push([command, args?.['path'], args?.['value']]);
    if (answers.gone) return Promise.reject(new TapestryError('deadline', 'no answer'));
    if (command === 'qom-set') return Promise.resolve({});
    return Promise.resolve(args?.['property'] === 'guest-stats' ? { stats: answers.stats, 'last-update': answers.at } : answers.interval);
  };
  const memory = new GuestMemory(
    { record: { liveXml: `<domain><devices>${balloon}</devices></domain>` }, qmp: { execute: execute as never } },
    1_000,
  );
  return { asked, answers, memory };
};

describe('what a guest uses of its memory', () => {
  it('is what it says through its balloon, which it is asked for once regularly', async () => {
    const { asked, answers, memory } = qemu();
    expect(await memory.used(now)).toBe(64 * 1024);
    answers.stats['stat-available-memory'] = never; // an older guest
    expect(await memory.used(now)).toBe(128 * 1024);
    const path = '/machine/peripheral/balloon0';
    expect(asked).toEqual([
      ['qom-get', path, undefined],
      ['qom-set', path, 5],
      ['qom-get', path, undefined],
      ['qom-get', path, undefined],
    ]);
  });

  it('leaves a period alone that the definition has', async () => {
    const { asked, answers, memory } = qemu();
    answers.interval = 10;
    expect(await memory.used(now)).toBe(64 * 1024);
    expect(asked).toHaveLength(2);
  });

  it('is not known of a guest that never told, told long ago, or has no balloon, and asks again after a silence', async () => {
    const silent = qemu();
    silent.answers.stats['stat-total-memory'] = never;
    expect(await silent.memory.used(now)).toBeUndefined();
    const old = qemu();
    old.answers.at = now / 1000 - 61;
    expect(await old.memory.used(now)).toBeUndefined();
    const none = qemu(`<memballoon model='none'/>`);
    expect(await none.memory.used(now)).toBeUndefined();
    expect(none.asked).toEqual([]);
    const slow = qemu();
    slow.answers.gone = true;
    expect(await slow.memory.used(now)).toBeUndefined();
    slow.answers.gone = false;
    expect(await slow.memory.used(now)).toBe(64 * 1024);
  });
});
