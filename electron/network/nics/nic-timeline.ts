import type { NicDeed, NicStep } from '../../../shared/contract/nic-steps.ts';
import { now } from '../helper/clock.ts';

/** A step without its time, each kind by itself. */
type UntimedDeed = NicDeed extends infer Deed ? (Deed extends unknown ? Omit<Deed, 'at'> : never) : never;

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
  add(machine: string, alias: string, what: UntimedDeed): NicStep {
    const step: NicStep = { at: now(), ...what };
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
