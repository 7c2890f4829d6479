import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { at } from '../scripts/lib/say.mjs';
import type { BenchHost } from './host.ts';
import { timed, type Comparison } from './measure.ts';

/** `tapestry list` as it is installed, with a host that owns the state, against Node alone: in turn, in one run. */
export const measureCommand = async ({ environment }: BenchHost, runs: number): Promise<Comparison> => {
  const run = async (program: string, ...args: readonly string[]) => {
    const child = spawn(program, args, { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
    const [status] = await once(child, 'exit');
    if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(status)}`);
  };
  const ours: number[] = [];
  const bare: number[] = [];
  for (let index = -1; index < runs; index += 1) {
    const node = await timed(() => run(process.execPath, '-e', '0'));
    const list = await timed(() => run(at('scripts/tapestry.mjs'), 'list', '--all'));
    if (index < 0) continue; // the first of each warms the caches
    bare.push(node);
    ours.push(list);
  }
  return {
    title: 'A command as a whole process: tapestry list; node -e 0',
    unit: 'ms',
    ours: { name: 'tapestry list', samples: ours },
    others: [{ name: 'node -e 0', samples: bare }],
    targets: [{ against: 'node -e 0', most: 3 }],
  };
};
