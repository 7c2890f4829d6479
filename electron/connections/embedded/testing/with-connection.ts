import { expect } from 'vitest';
import type { Connection } from '../../connection.ts';
import { openEmbeddedConnection, type EmbeddedOptions } from '../index.ts';
import type { Fixture } from './fixture.ts';

/** Works with a connection over a fixture's directories, and closes it. Nothing may have been reported that nobody asked for. */
export async function withConnection(
  fixture: Fixture,
  work: (connection: Connection) => Promise<void>,
  more: Partial<EmbeddedOptions> = {},
): Promise<void> {
  const connection = await openEmbeddedConnection({
    directories: fixture.directories,
    log: (error) => fixture.unexpected.push(error),
    ...more,
  });
  try {
    await work(connection);
  } finally {
    await connection.close();
  }
  expect(fixture.unexpected).toEqual([]);
}
