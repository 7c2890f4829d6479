import { killBareQemus } from './bare-qemu.ts';
import { openArena } from './arena.ts';
import { measureConsole } from './console.ts';
import { measureDefine } from './define.ts';
import { openHost } from './host.ts';
import { measureIdle } from './idle.ts';
import { report, type Comparison } from './measure.ts';
import { measureStart } from './start.ts';
import { measureTap } from './tap.ts';

/** Runs of each; what takes long has fewer. */
const runs = 10;
const consoleRuns = 5;

const opened = new AsyncDisposableStack();
let interrupted = false;
/** However the bench ends, what it started ends with it. */
const end = (status: number) => {
  if (interrupted) return;
  interrupted = true;
  killBareQemus();
  opened.disposeAsync().then(
    () => process.exit(status),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
};
process.once('uncaughtException', (error) => {
  console.error(error);
  end(1);
});
for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => end(status));
}

const wanted = process.argv.slice(2);
try {
  const arena = await openArena();
  const virsh = 'inside' in arena ? arena.virsh : arena;
  if ('inside' in arena) opened.use(arena);
  const host = opened.use(await openHost());

  /** In this order: the idle host is measured before it has done anything. */
  const benches: Readonly<Record<string, () => Promise<Comparison | Comparison[]>>> = {
    idle: () => measureIdle(host),
    define: () => measureDefine(host, virsh, runs),
    start: () => measureStart(host, virsh, runs),
    tap: () => measureTap(4 * runs),
    nic: async () => {
      if (!('inside' in arena)) {
        return {
          title: 'Start with a NIC on a bridge',
          unit: 'ms',
          ours: { name: 'Tapestry', samples: [] },
          others: [],
          notes: [arena.missing],
        };
      }
      await using inside = await openHost(arena.inside);
      return await measureStart(inside, virsh, runs, 'br0');
    },
    console: () => measureConsole(host, consoleRuns),
  };
  for (const [name, measure] of Object.entries(benches)) {
    if (interrupted || (wanted.length > 0 && !wanted.includes(name))) continue;
    console.error(`measuring: ${name}`);
    for (const comparison of [await measure()].flat()) console.log(`${report(comparison)}\n`);
  }
} finally {
  await opened.disposeAsync();
}
