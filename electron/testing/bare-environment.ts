import path from 'node:path';

/**
 * The environment of a host or command that a test starts as a process: nothing of the user's own but where programs lie, a home of the
 * test's and a runtime directory in it. What Node compiled is shared by all, since reading the sources is most of what a start costs.
 */
export function bareEnvironment(home: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: home,
    XDG_RUNTIME_DIR: path.join(home, 'run'),
    ...(process.env['NODE_COMPILE_CACHE'] === undefined ? {} : { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] }),
  };
}
