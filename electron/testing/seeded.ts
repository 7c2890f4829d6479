/** A generator that a run can be repeated with. */
export interface Seeded {
  /** To be told with what fails: `TAPESTRY_SEED` set to it gives the same numbers again. */
  readonly seed: number;
  /** From 0 up to, not including, 1. */
  fraction(): number;
  /** An integer from 0 up to, not including, `below`. */
  integer(below: number): number;
  /** One of them. */
  one<T>(list: readonly T[]): T;
}

/**
 * Numbers from `TAPESTRY_SEED`, or from a seed of the moment (32 bits; xorshift).
 *
 * @param what is done with them: then the seed is printed at once
 */
export function seeded(what?: string): Seeded {
  const given = Number(process.env['TAPESTRY_SEED'] ?? '');
  const seed = Number.isInteger(given) && given > 0 ? given >>> 0 : (Date.now() ^ (process.pid << 16)) >>> 0 || 1;
  if (what !== undefined) console.info(`${what}: seed ${seed} (replay with TAPESTRY_SEED=${seed})`);
  let state = seed;
  const fraction = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const integer = (below: number) => Math.floor(fraction() * below);
  const one = <T>(list: readonly T[]): T => {
    const [chosen] = list.slice(integer(list.length));
    if (chosen === undefined) throw new Error('one of an empty list');
    return chosen;
  };
  return { seed, fraction, integer, one };
}
