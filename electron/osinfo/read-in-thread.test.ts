import path from 'node:path';
import { expect, it } from 'vitest';
import { databaseFiles } from './database-folders.ts';
import { readDatabase } from './read-database.ts';
import { readInThread } from './read-in-thread.ts';

it('reads in a thread what would be read here', async () => {
  const { entities } = await databaseFiles([path.join(import.meta.dirname, 'testing/database')]);
  expect(await readInThread(entities)).toEqual(await readDatabase(entities));
});
