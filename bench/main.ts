import { killBareQemus } from './bare-qemu.ts';
import { openArena } from './arena.ts';
import { measureConsole } from './console.ts';
import { measureCommand } from './command.ts';
import { measureDefine } from './define.ts';
import { openHost } from './host.ts';
import { measureIdle } from './idle.ts';
import { report, type Comparison } from './measure.ts';
import { measureMany } from './many.ts';
import { measurePage } from './page.ts';
import { measureStart } from './start.ts';
import { measureTap } from './tap.ts';
import { measureWatch, watchMissing } from './watch.ts';
import { measureXml } from './xml.ts';

/** Runs of each; what takes long has fewer. */
const runs = 10;
const fewRuns = 5;

const opened = new AsyncDisposableStack();
const interruption = new AbortController();
let ending: Promise<void> | undefined;
/** However the bench ends, what it started ends with it; what a measurement says of that is no news. */
const end = (status: number): void => {
  if (ending !== undefined) return;
  interruption.abort();
  killBareQemus();
  ending = opened.disposeAsync().then(
    () => process.exit(status),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
};
process.on('uncaughtException', (error) => {
  if (ending !== undefined) return;
  console.error(error);
  end(1);
});
for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => end(status));
}

/** Keeps what is opened until the bench ends. What is only there after an interruption ends, too, before the process does. */
const keep = async <T extends AsyncDisposable>(opening: Promise<T>): Promise<T> => {
  opened.defer(async () => {
    const made = await opening.catch(() => undefined); // what doesn't come to be is told by who waits for it
    await made?.[Symbol.asyncDispose]();
  });
  const made = await opening;
  interruption.signal.throwIfAborted();
  return made;
};

const wanted = process.argv.slice(2);
try {
  const arena = await openArena();
  if ('inside' in arena) await keep(Promise.resolve(arena));
  const virsh = 'inside' in arena ? arena.virsh : arena;
  const host = await keep(openHost());

  /** For a bench with hosts of its own: they end with it, or with an interruption. */
  const open: typeof openHost = async (...how) => {
    interruption.signal.throwIfAborted();
    return await keep(openHost(...how));
  };

  /** In this order: the idle host is measured before it has done anything. */
  const benches: Readonly<Record<string, () => Promise<Comparison | Comparison[]>>> = {
    idle: () => measureIdle(host),
    many: () => measureMany(open),
    page: () => measurePage(open, fewRuns),
    xml: () => measureXml(open),
    command: () => measureCommand(host, virsh, runs),
    define: () => measureDefine(host, virsh, runs),
    start: () => measureStart(host, virsh, runs),
    tap: () => measureTap(4 * runs, interruption.signal),
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
      return await measureStart(await keep(openHost(arena.inside)), virsh, runs, 'br0');
    },
    console: () => measureConsole(host, fewRuns),
    watch: async () => ('inside' in arena ? measureWatch(await keep(openHost(arena.inside)), 'br0') : watchMissing(arena.missing)),
  };
  const unknown = wanted.filter((name) => !(name in benches));
  if (unknown.length > 0) throw new Error(`no bench is called ${unknown.join(', ')}; there are: ${Object.keys(benches).join(', ')}`);
  for (const [name, measure] of Object.entries(benches)) {
    if (interruption.signal.aborted || (wanted.length > 0 && !wanted.includes(name))) continue;
    console.error(`measuring: ${name}`);
    for (const comparison of [await measure()].flat()) console.log(`${report(comparison)}\n`);
  }
} finally {
  // An interruption ends the process itself.
  await (ending ?? opened.disposeAsync());
}
