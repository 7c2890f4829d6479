import path from 'node:path';
import { isReachable } from '../../files/if-there.ts';
import { programRoot } from '../paths.ts';

/** The command of the command line that starts the marked machines, once per boot of the computer. */
const autostartWord = 'start-marked';

/**
 * How Tapestry's command line is run without a shell: a Node and its program. Undefined in a package, which has no Node of its own
 * (docs/decisions/0015): nothing can start machines there but its window.
 */
export async function autostartCommand(
  root = programRoot(),
  runs: { readonly execPath: string; readonly electron: boolean } = {
    execPath: process.execPath,
    electron: process.versions['electron'] !== undefined,
  },
): Promise<readonly string[] | undefined> {
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
  const node = runs.electron ? path.join(root, `node_modules/node-linux-${arch}/bin/node`) : runs.execPath;
  // Run from its sources, as tests are, there need not be a build.
  const program = path.join(root, import.meta.filename.endsWith('.ts') ? 'electron/cli/main.ts' : 'dist/host/cli.js');
  return (await isReachable(node)) && (await isReachable(program)) ? [node, program, autostartWord] : undefined;
}
