import { expect } from 'vitest';
import type { NamedConnection } from './named-connection.ts';
import type { EmbeddedOptions } from '../index.ts';
import { openNamed } from './named-connection.ts';
import type { Fixture } from './fixture.ts';

/** Works with a connection over a fixture's directories, and closes it. Nothing may have been reported that nobody asked for. */
export async function withConnection(
  fixture: Fixture,
  work: (connection: NamedConnection) => Promise<void>,
  more: Partial<EmbeddedOptions> = {},
): Promise<void> {
  const connection = await openNamed({
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
