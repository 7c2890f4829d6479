import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { machineState } from '../../../shared/contract/machines.ts';
import type { DomainState } from './domain-state.ts';
import { writeFileAtomically } from '../../files/atomic-file.ts';
import { readFailure, storedFailure, storeFailure, type Failure } from './last-failure.ts';

const lastState = z.object({
  /** The kernel's id of the boot (random(4)) in which it was written. */
  boot: z.string(),
  state: machineState,
  reason: z.string(),
  /** What went wrong then; a damaged one costs the state nothing. */
  failure: storedFailure.optional().catch(undefined),
});

/** Why a machine is off, and what went wrong with it. */
export interface LastState extends DomainState {
  readonly failure?: Failure | undefined;
}

const bootId = async (): Promise<string> => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();

/**
 * Why machines are off, for the next run of the app: the command line asks in a process of its own each time. Nothing is claimed
 * about a time before the computer was started: a machine that ran when it went down is not off for the reason of the time before.
 */
export class LastStates {
  readonly #directory: string;
  readonly #log: (error: unknown, where: string) => void;
  readonly #known = new Map<string, LastState>();
  #work: Promise<void> = Promise.resolve();

  /** @param directory of lasting state; a folder is made in it */
  constructor(directory: string, log: (error: unknown, where: string) => void) {
    this.#directory = join(directory, 'last');
    this.#log = log;
  }

  /** What was remembered, by UUID. A damaged file is no memory. */
  async read(): Promise<ReadonlyMap<string, LastState>> {
    const files = await readdir(this.#directory).catch(() => []); // none was made yet
    const boot = files.length === 0 ? '' : await bootId();
    for (const file of files) {
      // One that can't be read is no memory either.
      const text = await readFile(join(this.#directory, file), 'utf8').catch(() => '');
      const parsed = lastState.safeParse(jsonOf(text));
      if (!parsed.success || parsed.data.boot !== boot) continue;
      const { state, reason, failure } = parsed.data;
      this.#known.set(file, { state, reason, failure: failure && readFailure(failure) });
    }
    return new Map(this.#known);
  }

  /** Remembers the state of a machine that is off; undefined forgets it. In the background: a failure costs the reason only. */
  set(uuid: string, state: LastState | undefined): void {
    const known = this.#known.get(uuid);
    if (known?.state === state?.state && known?.reason === state?.reason && known?.failure?.at === state?.failure?.at) return;
    if (state === undefined) this.#known.delete(uuid);
    else this.#known.set(uuid, state);
    this.#work = this.#work
      .then(() => this.#write(join(this.#directory, uuid), state))
      .catch((error: unknown) => this.#log(error, 'remembering why a machine is off'));
  }

  /** Resolves when everything is written. */
  settled(): Promise<void> {
    return this.#work;
  }

  async #write(path: string, state: LastState | undefined): Promise<void> {
    if (state === undefined) return rm(path, { force: true });
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const { reason, failure } = state;
    const text = { boot: await bootId(), state: state.state, reason, ...(failure ? { failure: storeFailure(failure) } : {}) };
    await writeFileAtomically(path, JSON.stringify(text), 0o600, false);
  }
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // half a file of a computer that lost power
  }
};
