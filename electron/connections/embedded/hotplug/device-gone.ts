import type { HeldImages } from '../images/image-use.ts';
import type { Machine } from '../machine/machine.ts';
import type { Backend } from '../ports/ports.ts';
import { finishDetach } from './live-device.ts';
import { plugWaiting } from './replug-nic.ts';

/** Whose device it was. */
export interface DeviceOwner {
  readonly machine: Machine;
  readonly backend: Backend;
  /** Images of the other running machines. */
  readonly held: (except: string) => readonly HeldImages[];
  /** Tells that the machine's XML changed. */
  readonly announce: () => void;
}

/**
 * What is done when the guest let go of a device, or refused to: a device may go long after it was asked to, also one that an earlier run of
 * the app asked for, and a NIC may wait to take its place.
 *
 * @throws TapestryError of the monitor, the network and the record
 */
export async function deviceGone({ machine, backend, held, announce }: DeviceOwner, alias: string, refused: boolean): Promise<void> {
  const { run } = machine;
  if (run === undefined) return;
  if (refused) {
    await run.update({
      detachPending: run.record.detachPending.filter((one) => one !== alias),
      replugs: run.record.replugs.filter((one) => one.alias !== alias),
    });
  } else {
    await finishDetach(backend, run, alias, announce);
    await plugWaiting({ backend, machine, run, held, announce }, alias);
  }
  announce();
}
