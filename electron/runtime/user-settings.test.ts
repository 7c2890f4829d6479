import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { userSettings } from './user-settings.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'tap-set-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('userSettings', () => {
  it('keeps every one of many writes at once, over reopening', async () => {
    const settings = userSettings(directory);
    expect(await settings.get()).toEqual({});
    await Promise.all(Array.from({ length: 20 }, (_, n) => settings.set(`key${n}`, { n })));
    await settings.set('key3', null);
    const all = await userSettings(directory).get();
    expect(Object.keys(all)).toHaveLength(19);
    expect(all['key7']).toEqual({ n: 7 });
    expect(await readdir(directory)).toEqual(['settings.json']);
  });

  it('takes names of every kind as names', async () => {
    const settings = userSettings(directory);
    await settings.set('__proto__', 1);
    await settings.set('toString', 2);
    expect(Object.entries(await settings.get())).toContainEqual(['toString', 2]);
    expect(Object.getPrototypeOf(await settings.get())).toBe(Object.prototype);
  });

  it('puts a broken file aside and goes on', async () => {
    await writeFile(path.join(directory, 'settings.json'), '{"half":');
    const settings = userSettings(directory);
    expect(await settings.get()).toEqual({});
    await settings.set('a', 1);
    expect((await readdir(directory)).toSorted((a, b) => a.localeCompare(b))).toEqual(['settings.json', 'settings.json.broken']);
  });

  it('has a limit', async () => {
    await expect(userSettings(directory).set('big', 'x'.repeat(300_000))).rejects.toMatchObject({ code: 'limit' });
  });
});
