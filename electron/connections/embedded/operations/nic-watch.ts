import { TapestryError } from '../../../../shared/errors.ts';
import { now } from '../../../network/helper/clock.ts';
import { SharedHostView, type HostViewNow } from '../../../network/host-view.ts';
import { nicFault, passtEnded } from '../../../network/nics/nic-fault.ts';
import { liveDomain } from '../machine/live-domain.ts';
import type { Machine } from '../machine/machine.ts';
import type { Machines } from '../machines/machines.ts';

/** Does a look tell of something at this machine that its records don't? */
const news = async (machine: Machine, view: () => Promise<HostViewNow>): Promise<ReadonlyMap<string, string | undefined>> => {
  const record = machine.run?.record;
  if (record?.phase !== 'running') return new Map();
  if (record.nics.length === 0) return new Map();
  const { interfaces } = await view();
  const { interfaces: nics } = liveDomain(machine, record.liveXml).devices;
  const found = await Promise.all(
    record.nics.map(async (one): Promise<readonly [string, string | undefined, boolean]> => {
      const nic = nics.find(({ alias }) => alias === one.alias);
      const step = nic === undefined ? undefined : nicFault(nic, one, interfaces, await passtEnded(one))?.step;
      return [one.alias, step, step !== one.fault];
    }),
  );
  return new Map(found.flatMap(([alias, step, differs]) => (differs ? [[alias, step] as const] : [])));
};

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
      const step = changes.get(nic.alias);
      if (step === undefined)
        return { ...rest, timeline: [...nic.timeline, { at: now(), kind: 'moved' as const, text: 'put back by another program' }] };
      return { ...rest, fault: step, timeline: [...nic.timeline, { at: now(), kind: 'lost' as const, text: step }] };
    });
    await run.update({ nics });
    return 'noted';
  });
};

/**
 * Watches the host's ends of running NICs, as long as there are any: whatever takes a TAP off its bridge, and a passt that ends by itself,
 * stands in the NIC's timeline and in its status, also when it happened while no host of ours ran. Changes of links are told by `ip monitor`,
 * the end of a passt by QEMU.
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
  const lookAtAll = async (): Promise<void> => {
    do {
      again = unsure = false;
      // One view for all machines of this round; what it says of a machine that changed meanwhile is looked at again before it counts.
      let seenOnce: Promise<HostViewNow> | undefined;
      const view = () => (seenOnce ??= host.fresh());
      for (const machine of machines.all()) {
        if (ended || machine.run === undefined) continue;
        try {
          const seen = await look(machine, view, host);
          if (seen === 'noted') machines.announce(machine);
          unsure ||= seen === 'unsure';
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
  const stop = machines.events.listen((event) => {
    adjust();
    if (event.kind === 'log' || unsure) changed();
  });
  adjust();
  changed();
  return async () => {
    ended = true;
    stop();
    unlisten?.();
    await last;
  };
}
