import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { jsonOrUndefined } from '../../../../shared/json.ts';
import { SerialQueue } from '../../../../shared/serial-queue.ts';
import { domainStates, type DomainState } from '../run/domain-state.ts';
import { isTemporaryName, writeFileAtomically } from '../../../files/atomic-file.ts';
import { fileError } from '../../../files/file-errors.ts';
import { isMissing } from '../../../files/if-there.ts';
import { patiently } from '../../../files/patiently.ts';
import { readFailure, storedFailure, storeFailure, type Failure } from './last-failure.ts';
import { thisBoot } from '../run/this-boot.ts';

/** On disk; a later version may say more. */
const lastState = z.looseObject({
  /** The kernel's id of the boot (random(4)) in which it was written. */
  boot: z.string(),
  /** In a word that a later version may have made: then nothing is claimed. */
  state: z.enum(domainStates),
  reason: z.string(),
  /** What went wrong then; a damaged one costs the state nothing. */
  failure: storedFailure.optional().catch(undefined),
});

/** Why a machine is off, and what went wrong with it. */
export interface LastState extends DomainState {
  readonly failure?: Failure | undefined;
}

/**
 * Why machines are off, for the next run of the app: the command line asks in a process of its own each time. Nothing is claimed
 * about a time before the computer was started: a machine that ran when it went down is not off for the reason of the time before.
 */
export class LastStates {
  readonly #directory: string;
  readonly #log: (error: unknown, where: string) => void;
  readonly #known = new Map<string, LastState>();
  /** Files that could not be read, or not be understood: they stay until something newer is to be remembered, or nothing. */
  readonly #unread = new Set<string>();
  readonly #work = new SerialQueue();

  /** @param directory of lasting state; a folder is made in it */
  constructor(directory: string, log: (error: unknown, where: string) => void) {
    this.#directory = join(directory, 'last');
    this.#log = log;
  }

  /** What was remembered, by UUID. A damaged file is no memory, and one that can't be read now is told of and left as it is. */
  async read(): Promise<ReadonlyMap<string, LastState>> {
    let files: readonly string[];
    try {
      files = await patiently(() => readdir(this.#directory));
    } catch (error) {
      if (!isMissing(error)) this.#log(fileError(this.#directory, 'read', error), 'reading why machines are off');
      return new Map(); // none was made yet
    }
    const boot = files.length === 0 ? '' : (await thisBoot()).boot;
    for (const file of files) {
      if (isTemporaryName(file)) continue;
      const text = await this.#textOf(file);
      const parsed = lastState.safeParse(text === undefined ? undefined : jsonOrUndefined(text));
      if (!parsed.success) this.#unread.add(file);
      if (!parsed.success || parsed.data.boot !== boot) continue;
      const { state, reason, failure } = parsed.data;
      this.#known.set(file, { state, reason, failure: failure && readFailure(failure) });
    }
    return new Map(this.#known);
  }

  async #textOf(file: string): Promise<string | undefined> {
    const path = join(this.#directory, file);
    try {
      return await patiently(() => readFile(path, 'utf8'));
    } catch (error) {
      if (!isMissing(error)) this.#log(fileError(path, 'read', error), 'reading why a machine is off');
      return undefined;
    }
  }

  /** Remembers the state of a machine that is off; undefined forgets it. In the background: a failure costs the reason only. */
  set(uuid: string, state: LastState | undefined): void {
    const known = this.#known.get(uuid);
    const unread = this.#unread.delete(uuid);
    if (!unread && known?.state === state?.state && known?.reason === state?.reason && known?.failure?.at === state?.failure?.at) return;
    if (state === undefined) this.#known.delete(uuid);
    else this.#known.set(uuid, state);
    this.#work
      .run(() => this.#write(join(this.#directory, uuid), state))
      .catch((error: unknown) => this.#log(error, 'remembering why a machine is off'));
  }

  /** Resolves when everything is written. */
  settled(): Promise<void> {
    return this.#work.idle();
  }

  async #write(path: string, state: LastState | undefined): Promise<void> {
    if (state === undefined) return rm(path, { force: true });
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const { reason, failure } = state;
    const { boot } = await thisBoot();
    const text = { version: 1, boot, state: state.state, reason, ...(failure ? { failure: storeFailure(failure) } : {}) };
    await writeFileAtomically(path, JSON.stringify(text), 0o600, false);
  }
}
