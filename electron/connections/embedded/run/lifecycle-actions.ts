import { TapestryError } from '../../../../shared/errors.ts';
import type { QmpClient } from '../../../qemu/qmp/qmp-client.ts';
import type { RunFacts } from './domain-state.ts';
import { dumpGuest } from './dump-guest.ts';
import type { RunHooks } from './run.types.ts';

/** How long QEMU may take to tell of a reset that it was asked for, ms. */
const resetPatience = 5_000;

/** What becomes of a guest needs this of its run. */
export interface LifecycleSubject {
  facts: RunFacts;
  /** The guest was asked to power off, to be started again. */
  readonly rebootWanted: boolean;
  /** The wish is fulfilled. @throws TapestryError of the monitor */
  forgetReboot(): Promise<void>;
  /** @throws TapestryError `qmp` when the monitor can't be reached now */
  readonly qmp: QmpClient;
  /** Ends QEMU, and resolves when it is cleaned up. */
  quit(): Promise<void>;
}

/**
 * What is done when a guest is off and its QEMU waits: on_poweroff, on_reboot, or a reboot that was asked for (libvirt formatdomain,
 * "Events configuration").
 *
 * @param reason QEMU's, of its SHUTDOWN event (qapi/run-state.json, ShutdownCause); '' when it is not known
 * @throws TapestryError of the monitor, where QEMU says no
 */
export async function guestOff(run: LifecycleSubject, { onPoweroff, onReboot }: RunHooks['lifecycle'], reason: string): Promise<void> {
  const again =
    run.rebootWanted || (reason === 'guest-shutdown' && onPoweroff === 'restart') || (reason === 'guest-reset' && onReboot === 'restart');
  if (again) await startAgain(run);
  else await run.quit();
}

/**
 * What is done when a guest panicked: on_crash (libvirt formatdomain, "Events configuration"). A dump that fails is told, and what is to
 * become of the machine stays as its definition says.
 *
 * @param persistent directory of what the machine keeps; the dump goes there
 * @throws TapestryError of the monitor, where QEMU says no
 */
export async function guestPanicked(run: LifecycleSubject, hooks: RunHooks, persistent: string): Promise<void> {
  const { onCrash } = hooks.lifecycle;
  if (onCrash === 'preserve') return;
  if (onCrash.startsWith('coredump-')) {
    try {
      hooks.log(`The memory of the crashed guest is in ${await dumpGuest(run.qmp, persistent)}`);
    } catch (error) {
      if (!(error instanceof TapestryError)) throw error;
      if (error.code === 'closed') return; // QEMU ended meanwhile: there is nothing to dump or to restart
      hooks.problem(error);
    }
  }
  if (onCrash === 'restart' || onCrash === 'coredump-restart') await startAgain(run);
  else await run.quit();
}

/** Resets a guest that is off and lets it run: the machine boots again in the same QEMU. */
const startAgain = async (run: LifecycleSubject): Promise<void> => {
  const { qmp } = run;
  try {
    await run.forgetReboot();
    const reset = qmp.waitForEvent((event) => event.event === 'RESET', { deadline: resetPatience });
    await Promise.all([reset, qmp.execute('system_reset')]);
    run.facts = { ...run.facts, resumeReason: 'booted' };
    await qmp.execute('cont');
  } catch (error) {
    // Without -no-shutdown QEMU is already ending: then there is nothing to start again.
    if (!(error instanceof TapestryError) || error.code !== 'closed') throw error;
  }
};
