import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startBareQemu } from './bare-qemu.ts';
import type { BenchHost } from './host.ts';
import { machineXml } from './machine-xml.ts';
import { timed, type Comparison } from './measure.ts';
import type { Virsh } from './virsh.ts';

/** A bare QEMU with the same devices, whose port and monitor are its own. */
const bareArguments = (monitor: string): string[] =>
  [
    ['-name', 'guest=bare', '-S', '-machine', 'pc,usb=off', '-accel', 'tcg', '-m', '256', '-smp', '1'],
    ['-nodefaults', '-no-user-config', '-display', 'none'],
    ['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    ['-chardev', `socket,id=monitor,path=${monitor},server=on,wait=off`, '-mon', 'chardev=monitor,mode=control'],
    ['-chardev', 'pty,id=serial0', '-device', 'isa-serial,chardev=serial0'],
  ].flat();

/**
 * From the API's call to RUNNING, against spawning QEMU to its `cont`, and `virsh start`. Taken in turn, so that a busy moment
 * of the computer hits all of them.
 */
export const measureStart = async ({ api, folder }: BenchHost, virsh: Virsh, runs: number): Promise<Comparison> => {
  const name = `bench-start-${process.pid}`;
  const xml = machineXml(name);
  await api['machines.define']({ xml });
  const ours: number[] = [];
  const bare: number[] = [];
  const theirs: number[] = [];
  if ('run' in virsh) {
    const file = path.join(folder, 'machine.xml');
    await writeFile(file, xml);
    await virsh.run('define', file);
  }
  try {
    for (let index = 0; index < runs; index += 1) {
      ours.push(await timed(() => api['machines.act']({ machine: name, action: 'start' })));
      await api['machines.act']({ machine: name, action: 'destroy' });

      const monitor = path.join(folder, `bare-${index}.sock`);
      const start = performance.now();
      await using qemu = await startBareQemu('/usr/bin/qemu-system-x86_64', bareArguments(monitor), monitor);
      bare.push(performance.now() - start);
      if (qemu.process.exitCode !== null) throw new Error('bare QEMU ended at once');

      if ('run' in virsh) {
        theirs.push(await timed(() => virsh.run('start', name)));
        await virsh.run('destroy', name);
      }
    }
  } finally {
    await api['machines.undefine']({ machine: name });
    if ('run' in virsh) await virsh.run('undefine', name);
  }
  return {
    title: 'Start: API call to RUNNING, spawn to cont, virsh start',
    unit: 'ms',
    ours: { name: 'Tapestry', samples: ours },
    others: [{ name: 'bare QEMU', samples: bare }, ...(theirs.length > 0 ? [{ name: 'virsh start', samples: theirs }] : [])],
    targets: [
      { against: 'bare QEMU', most: 1.3 },
      { against: 'virsh start', most: 0.25 },
    ],
    notes: 'missing' in virsh ? [virsh.missing] : [],
  };
};
