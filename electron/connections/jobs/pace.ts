/** How far back a pace looks, ms: long enough to be calm, short enough to be of now. */
const window = 5000;

/** The pace of something that grows, by its last amounts. */
export class Pace {
  #seen: { readonly at: number; readonly done: number }[] = [];

  /** @param at ms @returns units per second over the last seconds; null while there is nothing to go by */
  add(at: number, done: number): number | null {
    const last = this.#seen.at(-1);
    // Something else is counted from now on, or it began anew.
    if (last !== undefined && done < last.done) this.#seen = [];
    this.#seen.push({ at, done });
    // One from before the window stays: the pace is that of the whole window.
    while ((this.#seen[1]?.at ?? at) <= at - window) this.#seen.shift();
    const first = this.#seen[0];
    return first === undefined || at <= first.at ? null : ((done - first.done) * 1000) / (at - first.at);
  }
}
