/** Random numbers that can be had again. */
export interface Seeded {
  readonly seed: number;
  /** A whole number from 0 to `below` - 1. */
  upTo(below: number): number;
  /** One of these. */
  pick<T>(from: readonly T[]): T;
}

/**
 * A sequence of random numbers (mulberry32). Its seed is printed; `TAPESTRY_TEST_SEED` replays one.
 *
 * @param what is being done with it, for the line that is printed
 */
export const seeded = (what: string): Seeded => {
  const given = Number(process.env['TAPESTRY_TEST_SEED']);
  const seed = Number.isSafeInteger(given) && given > 0 ? given : Math.floor(Math.random() * 2 ** 31) + 1;
  console.info(`${what}: seed ${seed} (replay with TAPESTRY_TEST_SEED=${seed})`);
  let state = seed;
  const next = (): number => {
    state = Math.trunc(state + 0x6d2b79f5);
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const upTo = (below: number): number => Math.floor(next() * below);
  return {
    seed,
    upTo,
    pick: (from) => {
      const one = from[upTo(from.length)];
      if (one === undefined) throw new Error('nothing to choose from');
      return one;
    },
  };
};
