import { SerialQueue } from '../../../../shared/serial-queue.ts';
import type { NetworkHelper } from '../../../network/helper/helper.ts';
import { followRunState } from '../../../network/nics/live-nic.ts';
import type { Run } from './run.ts';

/** A machine's macvtaps, which are up while its processors run: changed one after another, and only where something changes. */
export class MacvtapLinks {
  readonly #helper: NetworkHelper;
  readonly #changes = new SerialQueue();
  #up = true;
  /** The run whose macvtaps were last told. */
  #run: Run | undefined;

  constructor(helper: NetworkHelper) {
    this.#helper = helper;
  }

  /** Resolves when the macvtaps of this run are as asked. @throws TapestryError of the network helper */
  set(run: Run, up: boolean): Promise<void> {
    return this.#changes.run(async () => {
      if (this.#up === up && this.#run === run) return;
      await followRunState(run.record.nics, up, { helper: this.#helper });
      this.#up = up;
      this.#run = run;
    });
  }
}
