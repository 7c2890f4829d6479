/** A clock that fell behind by more than this was set back, and isn't held up any longer, ms. */
const setBack = 100;

let latest = 0;
let origin = Date.now() - performance.now();

/**
 * ms since the epoch with fraction, never before what this returned or {@link fromHelper} was told last: steps of two processes stay in order.
 * It follows the host's clock, which is set and corrected, where `performance.timeOrigin` doesn't, and which goes on while the host sleeps.
 */
export function now(): number {
  const wall = Date.now();
  const running = performance.now();
  // Within its millisecond the fraction is the monotonic clock's.
  if (origin + running < wall || origin + running >= wall + 1) origin = wall - running;
  const time = origin + running;
  latest = latest - time > setBack ? time : Math.max(latest, time);
  return latest;
}

/** A time of the network helper's (µs since the epoch, of the same clock) in ms with fraction; {@link now} comes after it. */
export function fromHelper(microseconds: number): number {
  const time = microseconds / 1000;
  if (time > latest && time - Date.now() < setBack) latest = time;
  return time;
}
