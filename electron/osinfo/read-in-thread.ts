import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { EntityFiles } from './database-folders.ts';
import type { OsDatabase } from './os-entry.types.ts';
import { readDatabase } from './read-database.ts';

/** The thread's program: beside this file in the source, one folder up or beside it in a build. */
const programs = ['read-os-database-worker.ts', '../read-os-database-worker.js', 'read-os-database-worker.js'];

/** Reads a database in a thread of its own; here where the thread's program isn't there. @throws Error when the thread ended without an answer */
export async function readInThread(entities: readonly EntityFiles[]): Promise<OsDatabase> {
  const program = programs.map((file) => join(import.meta.dirname, file)).find((file) => existsSync(file));
  if (program === undefined) return await readDatabase(entities);
  const worker = new Worker(program);
  try {
    const ended = Promise.withResolvers<never>();
    worker.once('exit', (code) =>
      ended.reject(new Error(`the thread that reads the list of operating systems ended with ${String(code)}`)),
    );
    ended.promise.catch(() => undefined); // told to who waits for an answer
    const answer = once(worker, 'message') as Promise<[OsDatabase]>;
    answer.catch(() => undefined); // an error of the thread ends it, too
    worker.postMessage(entities);
    const [database] = await Promise.race([answer, ended.promise]);
    return database;
  } finally {
    await worker.terminate();
  }
}
