import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCli } from '../e2e/fixtures/command.ts';
import type { BenchHost } from './host.ts';
import { machineXml } from './machine-xml.ts';
import { timed, type Comparison } from './measure.ts';
import type { Virsh } from './virsh.ts';

/** define + dumpxml: by the API, by our command line, by virsh. Command lines pay for a process each, as people's scripts do. */
export const measureDefine = async ({ api, folder, environment }: BenchHost, virsh: Virsh, runs: number): Promise<Comparison> => {
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
  for (let index = 0; index < runs; index += 1) {
    ours.push(
      await timed(async () => {
        await api['machines.define']({ xml });
        await api['machines.xml']({ machine: name });
      }),
    );
    await api['machines.undefine']({ machine: name });
    commands.push(
      await timed(async () => {
        await cli('define', file);
        await cli('dumpxml', name);
      }),
    );
    await api['machines.undefine']({ machine: name });
    if ('run' in virsh) {
      theirs.push(
        await timed(async () => {
          await virsh.run('define', file);
          await virsh.run('dumpxml', name);
        }),
      );
      await virsh.run('undefine', name);
    }
  }
  return {
    title: 'define + dumpxml',
    unit: 'ms',
    ours: { name: 'Tapestry, API', samples: ours },
    others: [{ name: 'Tapestry, command line', samples: commands }, ...(theirs.length > 0 ? [{ name: 'virsh', samples: theirs }] : [])],
    notes: 'missing' in virsh ? [virsh.missing] : [],
  };
};
