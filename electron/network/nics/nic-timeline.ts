import type { NicStep } from '../../../shared/contract/networks.ts';
import { now } from '../helper/clock.ts';

/** Steps that are kept of one NIC: the first, which tell how it came to be, stay; the middle goes. */
const kept = 200;
const keptFirst = 20;

/** What happened to the NICs of running machines, in order, in memory; a machine's runtime record holds the first part. */
export class NicTimeline {
  readonly #steps = new Map<string, NicStep[]>();
  readonly #listeners = new Set<(machine: string) => void>();

  /** Replaces a NIC's steps (at a start, or when a running machine is found). */
  begin(machine: string, alias: string, steps: readonly NicStep[]): void {
    this.#steps.set(`${machine} ${alias}`, [...steps]);
    this.#tell(machine);
  }

  /** Adds a step that happens now. */
  add(machine: string, alias: string, kind: NicStep['kind'], text: string, by?: string): NicStep {
    const step: NicStep = { at: now(), kind, text, ...(by === undefined ? {} : { by }) };
    const key = `${machine} ${alias}`;
    const steps = [...(this.#steps.get(key) ?? []), step];
    this.#steps.set(key, steps.length > kept ? [...steps.slice(0, keptFirst), ...steps.slice(keptFirst + 1)] : steps);
    this.#tell(machine);
    return step;
  }

  /** A NIC's steps, oldest first. */
  of(machine: string, alias: string): readonly NicStep[] {
    return this.#steps.get(`${machine} ${alias}`) ?? [];
  }

  /** Has this timeline anything of the NIC? */
  knows(machine: string, alias: string): boolean {
    return this.#steps.has(`${machine} ${alias}`);
  }

  /** Calls `listener` with the machine's UUID at each step. */
  listen(listener: (machine: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tell(machine: string): void {
    for (const listener of this.#listeners) listener(machine);
  }
}
