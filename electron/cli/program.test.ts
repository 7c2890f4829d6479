import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { CliContext } from './context.ts';
import { makeProgram } from './program.ts';

const context = {
  stdin: new PassThrough(),
  stdout: new PassThrough(),
  stderr: new PassThrough(),
  runtime: () => Promise.reject(new Error('not here')),
  api: () => Promise.reject(new Error('not here')),
  exit: { status: 0 },
} as unknown as CliContext;
const options = { context, version: '0', log: () => undefined };
const namesOf = async (called?: string) => (await makeProgram(options, called)).commands.map((command) => command.name());

describe('the program', () => {
  it('loads one group for each of its commands, and that has it', async () => {
    const all = await namesOf();
    expect(new Set(all).size).toBe(all.length);
    for (const name of all) {
      const some = await namesOf(name);
      expect([name, some.includes(name), some.length < all.length]).toEqual([name, true, true]);
    }
  });

  it('has all its commands where none of them is called', async () => {
    const all = await namesOf();
    for (const called of ['--help', 'help', 'nonsense', '']) expect(await namesOf(called)).toEqual(all);
  });
});
