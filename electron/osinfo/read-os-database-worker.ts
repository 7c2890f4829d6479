import { parentPort } from 'node:worker_threads';
import type { EntityFiles } from './database-folders.ts';
import { readDatabase } from './read-database.ts';

/** A thread that reads a database of operating systems: half a second of work that nobody should wait for, and 20 MB that end with it. */
parentPort?.once('message', (entities: readonly EntityFiles[]) => {
  void readDatabase(entities).then((database) => parentPort?.postMessage(database));
});
