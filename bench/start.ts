import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startBareQemu } from './bare-qemu.ts';
import type { Arena } from './arena.ts';
import type { BenchHost } from './host.ts';
import { machineXml } from './machine-xml.ts';
import { timed, type Comparison } from './measure.ts';

/** How a running machine's QEMU was started: the words of its process, with the machine's own folder replaced by another. */
const commandOf = async (pid: number, from: string, to: string): Promise<string[]> =>
  (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replace(/\0$/, '').replaceAll(from, to).split('\0');

/**
 * From the API's call to RUNNING, against spawning QEMU with the same arguments to its `cont`, and `virsh start` of the same XML. Taken
 * in turn, so that a busy moment of the computer hits all of them; the first of each warms the caches.
 */
export async function measureStart(
  { api, folder, runtime }: BenchHost,
  virsh: Arena['virsh'],
  runs: number,
  bridge?: string,
): Promise<Comparison> {
  const name = `bench-start-${process.pid}`;
  const xml = machineXml(name, bridge === undefined ? {} : { bridge });
  await api['machines.define']({ connection: 'embedded', xml });
  const ours: number[] = [];
  const bare: number[] = [];
  const theirs: number[] = [];
  const defined = 'run' in virsh ? virsh : undefined;
  const file = path.join(folder, 'machine.xml');
  await writeFile(file, xml);
  await defined?.run('define', file);
  try {
    for (let index = -1; index < runs; index += 1) {
      const mine = await timed(() => api['machines.act']({ machine: { connection: 'embedded', called: name }, action: 'start' }));
      const { uuid, pid } = await api['machines.get']({ machine: { connection: 'embedded', called: name } });
      const [emulator = '', ...argv] = await commandOf(pid ?? 0, path.join(runtime, uuid), runtime);
      await api['machines.act']({ machine: { connection: 'embedded', called: name }, action: 'destroy' });
      if (index >= 0) ours.push(mine);

      // Descriptors can't be passed on: with a NIC on a bridge there is no bare side.
      if (bridge === undefined) {
        const start = performance.now();
        await using qemu = await startBareQemu(emulator, argv, path.join(runtime, 'qmp.sock'));
        if (index >= 0) bare.push(performance.now() - start);
        if (qemu.process.exitCode !== null) throw new Error('bare QEMU ended at once');
      }

      if (defined !== undefined) {
        const took = await timed(() => defined.run('start', name));
        await defined.run('destroy', name);
        if (index >= 0) theirs.push(took);
      }
    }
  } finally {
    await api['machines.undefine']({ machine: { connection: 'embedded', called: name } });
    await defined?.run('undefine', name);
  }
  return {
    title:
      bridge === undefined
        ? 'Start: API call to RUNNING; the same QEMU command, spawn to cont; virsh start of the same XML'
        : 'Start with a NIC on a bridge: API call to RUNNING; virsh start of the same XML',
    unit: 'ms',
    ours: { name: 'Tapestry', samples: ours },
    others: [
      ...(bare.length > 0 ? [{ name: 'bare QEMU', samples: bare }] : []),
      ...(theirs.length > 0 ? [{ name: 'virsh start', samples: theirs }] : []),
    ],
    targets: [
      { against: 'bare QEMU', most: 1.3 },
      { against: 'virsh start', most: bridge === undefined ? 0.25 : 0.3 },
    ],
    notes: 'missing' in virsh ? [virsh.missing] : ['virsh stays connected; its libvirtd is a private one.'],
  };
}
