import { setTimeout as pause } from 'node:timers/promises';
import type { BenchHost } from './host.ts';
import { processorOf } from './idle.ts';
import { machineXml } from './machine-xml.ts';
import type { Comparison } from './measure.ts';

/** How many machines the Network page shows, and how long its streams are watched, ms. */
const many = 50;
const settle = 5000;
const watch = 10_000;

/**
 * Processor time of the host for a second of the Network page over these machines, % of one CPU. A second is a look of each stream: on a busy
 * computer looks come late, and cost no less for it.
 */
const watched = async ({ api, pid }: BenchHost, machines: readonly string[]): Promise<number> => {
  const abort = new AbortController();
  const first: Promise<void>[] = [];
  let items = 0;
  const follow = async (stream: AsyncIterable<unknown>): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    first.push(promise);
    for await (const _item of stream) {
      items += 1;
      resolve();
    }
  };
  const ends = [
    follow(api['networks.watch']({ connection: 'embedded' }, { signal: abort.signal })),
    ...machines.map((machine) =>
      follow(api['networks.nics']({ machine: { connection: 'embedded', called: machine } }, { signal: abort.signal })),
    ),
  ];
  await Promise.all(first);
  await pause(settle);
  const before = items;
  const percent = await processorOf(pid, watch);
  const looks = (items - before) / ends.length;
  abort.abort();
  await Promise.allSettled(ends); // an aborted stream may say so
  return (percent * watch) / 1000 / looks;
};

/** The Network page over one machine and over many: its cost grows with the interfaces, not with machines times interfaces. */
export async function measureWatch(host: BenchHost, bridge: string): Promise<Comparison> {
  const names = Array.from({ length: many }, (_one, number) => `bench-watch-${process.pid}-${number}`);
  const defined: string[] = [];
  const running: string[] = [];
  const xmlOf = (name: string, number: number) =>
    machineXml(name, { bridge })
      .replace("<memory unit='MiB'>256<", "<memory unit='MiB'>32<")
      .replace('52:54:00:e4:2e:c1', `52:54:00:e4:2e:${number.toString(16).padStart(2, '0')}`);
  try {
    for (const [number, name] of names.entries()) {
      await host.api['machines.define']({ connection: 'embedded', xml: xmlOf(name, number) });
      defined.push(name);
      await host.api['machines.act']({ machine: { connection: 'embedded', called: name }, action: 'start' });
      running.push(name);
      // The machines' own work is not what is measured.
      await host.api['machines.act']({ machine: { connection: 'embedded', called: name }, action: 'suspend' });
    }
    const one = await watched(host, names.slice(0, 1));
    const all = await watched(host, names);
    return {
      title: `The Network page over ${many} machines: processor of the host`,
      unit: '%',
      ours: { name: `${many} machines`, samples: [all] },
      others: [{ name: 'one of them', samples: [one] }],
      atMost: 5,
    };
  } finally {
    for (const name of running) await host.api['machines.act']({ machine: { connection: 'embedded', called: name }, action: 'destroy' });
    for (const name of defined) await host.api['machines.undefine']({ machine: { connection: 'embedded', called: name } });
  }
}

/** Why it isn't measured: it needs a bridge in a network of its own. */
export function watchMissing(missing: string): Comparison {
  return {
    title: `The Network page over ${many} machines: processor of the host`,
    unit: '%',
    ours: { name: 'Tapestry', samples: [] },
    others: [],
    notes: [missing],
  };
}
