import { measureConsole } from './console.ts';
import { measureDefine } from './define.ts';
import { openHost } from './host.ts';
import { measureIdle } from './idle.ts';
import { report, type Comparison } from './measure.ts';
import { measureStart } from './start.ts';
import { measureTap } from './tap.ts';
import { findVirsh } from './virsh.ts';

/** Runs of each; the console boots a guest each time. */
const runs = 10;
const consoleRuns = 3;

const virsh = await findVirsh();
await using host = await openHost();
const wanted = process.argv.slice(2);

/** In this order: the idle host is measured before it has done anything. */
const benches: Readonly<Record<string, () => Promise<Comparison | Comparison[]>>> = {
  idle: () => measureIdle(host),
  define: () => measureDefine(host, virsh, runs),
  start: () => measureStart(host, virsh, runs),
  tap: () => measureTap(4 * runs),
  console: () => measureConsole(host, consoleRuns),
};

for (const [name, measure] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.error(`measuring: ${name}`);
  for (const comparison of [await measure()].flat()) console.log(`${report(comparison)}\n`);
}
