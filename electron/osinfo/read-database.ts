import { open } from 'node:fs/promises';
import type { EntityFiles } from './database-folders.ts';
import type { DatabaseFault, OsDatabase, OsEntry } from './os-entry.types.ts';
import { joinOs, readOs } from './read-os.ts';

/** A larger file is left out, bytes. The largest of osinfo-db has 100 KiB. */
const largest = 2 * 1024 * 1024;

const textOf = async (file: string): Promise<string> => {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    if (size > largest) throw new Error(`it is larger than ${String(largest)} bytes`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
};

/** Reads the files of a database. A file that can't be read is told in `faults`; the others count all the same. */
export async function readDatabase(entities: readonly EntityFiles[]): Promise<OsDatabase> {
  const systems = new Map<string, OsEntry>();
  const faults: DatabaseFault[] = [];
  for (const { master, extensions } of entities) {
    for (const file of [...(master === undefined ? [] : [master]), ...extensions]) {
      const read = await textOf(file).then(
        (text) => readOs(text, file),
        (error: unknown) => ({ systems: [], faults: [{ file, message: `It can’t be read: ${String(error)}` }] }),
      );
      faults.push(...read.faults);
      for (const system of read.systems) {
        const known = systems.get(system.id);
        systems.set(system.id, known === undefined ? system : joinOs(known, system));
      }
    }
  }
  return { systems: [...systems.values()], faults };
}
