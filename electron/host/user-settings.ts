import { open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { TapestryError } from '../../shared/errors.ts';
import type { Settings } from '../api/index.ts';
import { isMissing } from '../files/if-there.ts';

const shape = z.record(z.string(), z.unknown());

/** Largest settings file that is written, bytes. */
const most = 256 * 1024;

/** The user's small settings in `settings.json` of the configuration directory. Writes replace the file, one after the other. */
export function userSettings(directory: string): Settings {
  const file = path.join(directory, 'settings.json');
  /** Settles with the last call, which its caller gets the error of: the next one only waits for its end. */
  let turn: Promise<unknown> = Promise.resolve();
  const read = async (): Promise<Record<string, unknown>> => {
    try {
      return shape.parse(JSON.parse(await readFile(file, 'utf8')));
    } catch (error) {
      if (isMissing(error)) return {};
      if (error instanceof SyntaxError || error instanceof z.ZodError) {
        // Nothing in it is worth refusing to start for; the file stays for its owner to look at.
        await rename(file, `${file}.broken`);
        return {};
      }
      throw error;
    }
  };
  const write = async (key: string, value: unknown): Promise<void> => {
    const all = await read();
    const next = new Map(Object.entries(all));
    if (value === undefined || value === null) next.delete(key);
    else next.set(key, value);
    const text = `${JSON.stringify(Object.fromEntries(next), null, 2)}\n`;
    if (Buffer.byteLength(text) > most) throw new TapestryError('limit', 'The settings are too large.', { path: 'value' });
    const handle = await open(`${file}.new`, 'w', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${file}.new`, file);
  };
  return {
    get: () => {
      const mine = turn.then(read);
      turn = mine.catch(() => undefined);
      return mine;
    },
    set: (key, value) => {
      const mine = turn.then(() => write(key, value));
      turn = mine.catch(() => undefined);
      return mine;
    },
  };
}
