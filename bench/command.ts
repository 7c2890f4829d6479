import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { at } from '../scripts/lib/say.mjs';
import type { Arena } from './arena.ts';
import type { BenchHost } from './host.ts';
import { machineXml } from './machine-xml.ts';
import { timed, type Comparison } from './measure.ts';

/** The command line as it is installed. */
const tapestry = at('scripts/tapestry.mjs');

/**
 * Commands as whole processes, with a host that owns the state, in turn: `tapestry list` against Node alone, `tapestry start` against `virsh
 * start` of the same XML.
 */
export async function measureCommand(host: BenchHost, virsh: Arena['virsh'], runs: number): Promise<Comparison[]> {
  const { environment } = host;
  const run = (program: string, ...args: readonly string[]) =>
    timed(async () => {
      const child = spawn(program, args, { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
      const [status] = await once(child, 'exit');
      if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(status)}`);
    });
  const lists: number[] = [];
  const bare: number[] = [];
  for (let index = -1; index < runs; index += 1) {
    const node = await run(process.execPath, '-e', '0');
    const list = await run(tapestry, 'list', '--all');
    if (index < 0) continue; // the first of each warms the caches
    bare.push(node);
    lists.push(list);
  }
  const starts = await startsOf(host, virsh, runs, run);
  return [
    {
      title: 'A command as a whole process: tapestry list; node -e 0',
      unit: 'ms',
      ours: { name: 'tapestry list', samples: lists },
      others: [{ name: 'node -e 0', samples: bare }],
      targets: [{ against: 'node -e 0', most: 3 }],
    },
    {
      title: 'A start as a whole process: tapestry start; virsh start of the same XML',
      unit: 'ms',
      ours: { name: 'tapestry start', samples: starts.ours },
      others: starts.theirs.length > 0 ? [{ name: 'virsh start', samples: starts.theirs }] : [],
      targets: [{ against: 'virsh start', most: 0.6 }],
      notes: 'missing' in virsh ? [virsh.missing] : ['virsh connects anew each time, to a private libvirtd.'],
    },
  ];
}

const startsOf = async (
  { api, folder }: BenchHost,
  virsh: Arena['virsh'],
  runs: number,
  run: (program: string, ...args: readonly string[]) => Promise<number>,
): Promise<{ readonly ours: readonly number[]; readonly theirs: readonly number[] }> => {
  const name = `bench-command-${process.pid}`;
  const xml = machineXml(name);
  const file = path.join(folder, 'command.xml');
  await writeFile(file, xml);
  await api['machines.define']({ connection: 'embedded', xml });
  const connected = 'run' in virsh ? virsh : undefined;
  await connected?.run('define', file);
  const ours: number[] = [];
  const theirs: number[] = [];
  try {
    for (let index = -1; index < runs; index += 1) {
      const mine = await run(tapestry, 'start', name);
      await api['machines.act']({ machine: { connection: 'embedded', called: name }, action: 'destroy' });
      if (index >= 0) ours.push(mine);
      if (connected === undefined) continue;
      const [program, ...before] = connected.command;
      const other = await run(program, ...before, 'start', name);
      await connected.run('destroy', name);
      if (index >= 0) theirs.push(other);
    }
  } finally {
    await api['machines.undefine']({ machine: { connection: 'embedded', called: name } });
    await connected?.run('undefine', name);
  }
  return { ours, theirs };
};
