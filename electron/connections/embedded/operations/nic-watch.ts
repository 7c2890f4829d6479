import type { NicLoss, NicStep } from '../../../../shared/contract/nic-steps.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import { now } from '../../../network/helper/clock.ts';
import { SharedHostView, type HostViewNow } from '../../../network/host-view.ts';
import { lossWord, nicFault, passtEnded } from '../../../network/nics/nic-fault.ts';
import type { NicRecord } from '../../../network/nics/nic-record.ts';
import { liveDomain } from '../machine/live-domain.ts';
import type { Machine } from '../machine/machine.ts';
import type { Machines } from '../machines/machines.ts';
import type { Run } from '../run/run.ts';

/** What is lost; undefined where nothing is (any more). */
type Loss = NicLoss | undefined;

/** Does a look tell of something at this machine that its records don't? @returns what was lost, or that it is there again, by alias */
const news = async (machine: Machine, view: () => Promise<HostViewNow>): Promise<ReadonlyMap<string, Loss>> => {
  const record = machine.run?.record;
  if (record?.phase !== 'running') return new Map();
  if (record.nics.length === 0) return new Map();
  const { interfaces } = await view();
  const { interfaces: nics } = liveDomain(machine, record.liveXml).devices;
  const found = await Promise.all(
    record.nics.map(async (one): Promise<readonly [string, Loss, boolean]> => {
      const nic = nics.find(({ alias }) => alias === one.alias);
      const loss = nic === undefined ? undefined : nicFault(nic, one, interfaces, await passtEnded(one))?.loss;
      return [one.alias, loss, (loss === undefined ? undefined : lossWord(loss)) !== one.fault];
    }),
  );
  return new Map(found.flatMap(([alias, loss, differs]) => (differs ? [[alias, loss] as const] : [])));
};

/** Another program put right what one had undone. */
const putBack = ({ device }: NicRecord): NicStep => ({ at: now(), kind: 'moved', device: device ?? '', bridge: null, outside: true });

/**
 * Notes at each NIC of the machine what is wrong with it since the last look, or that it is right again.
 * @returns `unsure` while QEMU doesn't answer
 */
const look = async (machine: Machine, view: () => Promise<HostViewNow>, host: SharedHostView): Promise<'same' | 'noted' | 'unsure'> => {
  if ((await news(machine, view)).size === 0) return 'same';
  // Again when no change of ours is under way.
  return machine.jobs.run(async () => {
    const { run } = machine;
    const changes = await news(machine, () => host.fresh());
    if (run === undefined || changes.size === 0) return 'same';
    try {
      // While QEMU ends, its TAPs and passts go with it: what was seen counts when it answers afterwards.
      await run.qmp.execute('query-status', undefined, { deadline: 5_000 });
    } catch (error) {
      if (error instanceof TapestryError) return 'unsure';
      throw error;
    }
    const nics = run.record.nics.map((nic) => {
      if (!changes.has(nic.alias)) return nic;
      const { fault: _fault, ...rest } = nic;
      const loss = changes.get(nic.alias);
      if (loss !== undefined)
        return { ...rest, fault: lossWord(loss), timeline: [...nic.timeline, { at: now(), kind: 'lost' as const, loss }] };
      return { ...rest, timeline: [...nic.timeline, putBack(nic)] };
    });
    await run.update({ nics });
    return 'noted';
  });
};

/**
 * Watches the host's ends of running NICs, as long as there are any: whatever takes a TAP off its bridge, and a passt that ends by itself,
 * stands in the NIC's timeline and in its status, also when it happened while no host of ours ran. Changes of links are told by `ip monitor`,
 * the end of a passt by QEMU; a run that nobody looked at yet is looked at.
 * @returns ends it; resolves when no look is under way
 */
export function watchNics(
  machines: Machines,
  log: (error: unknown, where: string) => void,
  host = new SharedHostView(),
): () => Promise<void> {
  let unlisten: (() => void) | undefined;
  let looking = false;
  let last = Promise.resolve();
  let again = false;
  /** A look came to nothing because QEMU didn't answer: its first contact follows, or its end. */
  let unsure = false;
  let ended = false;
  /** Runs that were looked at. */
  const seen = new WeakSet<Run>();
  const lookAtAll = async (): Promise<void> => {
    do {
      again = unsure = false;
      // One view for all machines of this round; what it says of a machine that changed meanwhile is looked at again before it counts.
      let seenOnce: Promise<HostViewNow> | undefined;
      const view = () => (seenOnce ??= host.fresh());
      for (const machine of machines.all()) {
        if (ended || machine.run === undefined) continue;
        if (machine.run.record.phase === 'running') seen.add(machine.run);
        try {
          const found = await look(machine, view, host);
          if (found === 'noted') machines.announce(machine);
          unsure ||= found === 'unsure';
        } catch (error) {
          log(error, `looking at the NICs of ${machine.facts.name}`);
        }
      }
    } while (again);
    looking = false;
  };
  const changed = () => {
    again = true;
    if (ended || looking) return;
    looking = true;
    last = lookAtAll();
  };
  const adjust = () => {
    const needed = machines.all().some(({ run }) => run?.record.nics.some(({ device, created }) => device !== null && created) === true);
    if (needed && unlisten === undefined) unlisten = host.listen(changed);
    if (!needed && unlisten !== undefined) {
      unlisten();
      unlisten = undefined;
    }
  };
  const stops = [
    machines.lostNics.listen(changed),
    machines.events.listen(() => {
      adjust();
      if (unsure || machines.all().some(({ run }) => run?.record.phase === 'running' && !seen.has(run))) changed();
    }),
  ];
  adjust();
  changed();
  return async () => {
    ended = true;
    for (const stop of stops) stop();
    unlisten?.();
    await last;
  };
}
