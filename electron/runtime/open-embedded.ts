import type { Connection } from '../connections/connection.ts';
import type { Paths } from '../computer/paths.ts';

/** Opens our own backend on a state directory that this process owns; for `openRuntime`. Loaded when needed: help and pure commands don't. */
export function openEmbedded(
  log: (error: unknown, where: string) => void,
  host: 'desktop' | 'browser' | 'cli',
): (paths: Paths) => Promise<Connection> {
  return async (paths) => {
    const [{ openEmbeddedConnection }, { AutostartUnit }] = await Promise.all([
      import('../connections/embedded/index.ts'),
      import('../computer/autostart/autostart-unit.ts'),
    ]);
    return openEmbeddedConnection({ directories: paths, log, brief: host === 'cli', autostartUnit: AutostartUnit.of(paths) });
  };
}
