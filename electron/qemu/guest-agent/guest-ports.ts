import { z } from 'zod';
import { TapestryError } from '../../../shared/errors.ts';
import type { QmpClient } from '../qmp/qmp-client.ts';

const portChange = z.object({ id: z.string(), open: z.boolean() });
const chardevs = z.array(z.looseObject({ label: z.string(), 'frontend-open': z.boolean() }));

/**
 * Which ports of its virtio-serial controllers a guest has open: asked once of a monitor, then told by its events
 * (QEMU QMP `query-chardev`, `VSERPORT_CHANGE`).
 */
export class GuestPorts {
  /** How often each port was opened, as far as it was seen; those that are open now only. */
  readonly #open = new Map<string, number>();
  readonly #changed: () => void;
  readonly #qmp: Pick<QmpClient, 'execute'>;
  #asked: Promise<void> | undefined;
  #opened = 0;

  /** @param changed called when a port was opened or closed */
  constructor(qmp: Pick<QmpClient, 'onEvent' | 'execute'>, changed: () => void) {
    this.#changed = changed;
    this.#qmp = qmp;
    qmp.onEvent(({ event, data }) => {
      const change = event === 'VSERPORT_CHANGE' ? portChange.safeParse(data) : undefined;
      if (change?.success === true) this.#set(change.data.id, change.data.open);
    });
  }

  /**
   * Is this port open in the guest? Each opening has another number; undefined: it is closed.
   *
   * @param alias the channel's
   * @throws TapestryError as the monitor's; `qmp-protocol`
   */
  async opening(alias: string): Promise<number | undefined> {
    this.#asked ??= this.#ask();
    try {
      await this.#asked;
    } catch (error) {
      this.#asked = undefined; // the next one asks again
      throw error;
    }
    return this.#open.get(alias);
  }

  async #ask(): Promise<void> {
    const found = chardevs.safeParse(await this.#qmp.execute('query-chardev'));
    if (!found.success)
      throw new TapestryError('qmp-protocol', "QEMU's answer to query-chardev can't be read.", { detail: found.error.message });
    // QEMU's events and answers come in one line: what was told before this answer is older than it.
    this.#open.clear();
    for (const { label, 'frontend-open': open } of found.data) if (open && label.startsWith('char')) this.#set(label.slice(4), true);
  }

  #set(alias: string, open: boolean): void {
    if (open) this.#open.set(alias, (this.#opened += 1));
    else this.#open.delete(alias);
    this.#changed();
  }
}
