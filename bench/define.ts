import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCli } from '../e2e/fixtures/command.ts';
import type { Arena } from './arena.ts';
import type { BenchHost } from './host.ts';
import { machineXml } from './machine-xml.ts';
import { timed, type Comparison } from './measure.ts';

/** define + dumpxml: by the API and by virsh, both connected; and by our command line, which pays for a process each, as scripts do. */
export async function measureDefine({ api, folder, environment }: BenchHost, virsh: Arena['virsh'], runs: number): Promise<Comparison> {
  const name = `bench-define-${process.pid}`;
  const xml = machineXml(name);
  const file = path.join(folder, 'define.xml');
  await writeFile(file, xml);
  const ours: number[] = [];
  const commands: number[] = [];
  const theirs: number[] = [];
  const cli = async (...args: readonly string[]) => {
    const { status, stderr } = await runCli(args, environment);
    if (status !== 0) throw new Error(`tapestry ${args.join(' ')}: ${stderr}`);
  };
  for (let index = -1; index < runs; index += 1) {
    const mine = await timed(async () => {
      await api['machines.define']({ connection: 'embedded', xml });
      await api['machines.xml']({ machine: { connection: 'embedded', called: name } });
    });
    await api['machines.undefine']({ machine: { connection: 'embedded', called: name } });
    const command = await timed(async () => {
      await cli('define', file);
      await cli('dumpxml', name);
    });
    await api['machines.undefine']({ machine: { connection: 'embedded', called: name } });
    let other: number | undefined;
    if ('run' in virsh) {
      other = await timed(async () => {
        await virsh.run('define', file);
        await virsh.run('dumpxml', name);
      });
      await virsh.run('undefine', name);
    }
    if (index < 0) continue; // the first of each warms the caches
    ours.push(mine);
    commands.push(command);
    if (other !== undefined) theirs.push(other);
  }
  return {
    title: 'define + dumpxml',
    unit: 'ms',
    ours: { name: 'Tapestry, API', samples: ours },
    others: [{ name: 'Tapestry, command line', samples: commands }, ...(theirs.length > 0 ? [{ name: 'virsh', samples: theirs }] : [])],
    targets: [{ against: 'virsh', most: 1.2 }],
    notes:
      'missing' in virsh
        ? [virsh.missing]
        : ['virsh stays connected. Definitions of both lie on the same disk, which both wait for (fsync).'],
  };
}
