import path from 'node:path';
import { z } from 'zod';
import { TapestryError } from '../../shared/errors.ts';
import { SerialQueue } from '../../shared/serial-queue.ts';
import type { Settings } from '../api/index.ts';
import { writeFileAtomically } from '../files/atomic-file.ts';
import { fileError } from '../files/file-errors.ts';
import { readIfThere } from '../files/if-there.ts';
import { putAside } from '../files/put-aside.ts';

const shape = z.record(z.string(), z.unknown());

/** Largest settings file that is written, bytes. */
const most = 256 * 1024;

/**
 * The user's small settings in `settings.json` of the configuration directory. Writes replace the file, one after the other. Both
 * methods throw TapestryError `io` when the file can't be read or written, and `storage-full` with the old settings still there.
 */
export function userSettings(directory: string): Settings {
  const file = path.join(directory, 'settings.json');
  const turns = new SerialQueue();
  const read = async (): Promise<Record<string, unknown>> => {
    const text = await readIfThere(file).catch((error: unknown) => {
      throw fileError(file, 'read', error);
    });
    if (text === undefined) return {};
    try {
      return shape.parse(JSON.parse(text));
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
      // Nothing in it is worth refusing to start for; the file stays for its owner to look at.
      await putAside(file);
      return {};
    }
  };
  const write = async (key: string, value: unknown): Promise<void> => {
    const all = await read();
    const next = new Map(Object.entries(all));
    if (value === undefined || value === null) next.delete(key);
    else next.set(key, value);
    const text = `${JSON.stringify(Object.fromEntries(next), null, 2)}\n`;
    if (Buffer.byteLength(text) > most) throw new TapestryError('limit', 'The settings are too large.', { path: 'value' });
    await writeFileAtomically(file, text);
  };
  return {
    get: () => turns.run(read),
    set: (key, value) => turns.run(() => write(key, value)),
  };
}
