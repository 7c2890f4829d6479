import { TapestryError } from '../../shared/errors.ts';
import type { Connection } from '../connections/connection.ts';
import type { Paths } from './paths.ts';

/** Opens our own backend on a state directory; for {@link openRuntime}. */
export function openEmbedded(_log: (error: unknown, where: string) => void): (paths: Paths) => Promise<Connection> {
  return () => Promise.reject(new TapestryError('unsupported-operation', 'The embedded backend is not part of this build.'));
}
