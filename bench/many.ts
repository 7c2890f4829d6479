import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { openHost } from './host.ts';
import { processorOf, residentOf } from './idle.ts';
import { machineXml } from './machine-xml.ts';
import { timed, type Comparison } from './measure.ts';

/** How many defined machines are many. */
export const machines = 1000;

/** How long a host is left alone after its opening, and how long it is watched. ms. */
const settle = 5000;
const watch = 10_000;

/** Puts them where a person would copy them. @param folder of everything of the user's */
export async function defineMany(folder: string): Promise<void> {
  const directory = path.join(folder, 'config/tapestry/machines');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (let index = 0; index < machines; index += 1) {
    const name = `bench-many-${index}`;
    const xml = machineXml(name).replace('</name>', `</name><uuid>${randomUUID()}</uuid>`);
    await writeFile(path.join(directory, `${name}.xml`), xml);
  }
}

/** A host with a thousand defined machines beside one with none: memory, idle processor, and the list as a client gets it. */
export async function measureMany(open: typeof openHost): Promise<Comparison[]> {
  const lists: number[] = [];
  const look = async (prepare?: (folder: string) => Promise<void>) => {
    await using host = await open([], prepare);
    await pause(settle);
    const percent = await processorOf(host.pid, watch);
    const resident = await residentOf(host.pid);
    if (prepare !== undefined) {
      for (let run = 0; run < 5; run += 1) {
        const list = await timed(async () => {
          const found = await host.api['machines.list']({ connection: 'embedded' });
          if (found.length !== machines) throw new Error(`the list has ${found.length} of ${machines} machines`);
        });
        lists.push(list);
      }
    }
    return { percent, resident };
  };
  const none = await look();
  const many = await look(defineMany);
  const title = `${machines} defined machines`;
  return [
    {
      title: `${title}: memory of the host that read them first`,
      unit: 'MB',
      ours: { name: 'with them', samples: [many.resident] },
      others: [{ name: 'without any', samples: [none.resident] }],
      targets: [{ against: 'without any', most: 1.3 }],
    },
    { title: `${title}: idle processor`, unit: '%', ours: { name: 'of one CPU', samples: [many.percent] }, others: [], atMost: 0.5 },
    { title: `${title}: the list`, unit: 'ms', ours: { name: 'API', samples: lists }, others: [], atMost: 250 },
  ];
}
