import type { CableMove } from '../../../shared/contract/machines.ts';

/** One look at a NIC's plug: the bridge that its XML names, or null where it isn't on one. */
type Plug = string | null;

/**
 * What is to be known of a cable's last move after it went from one bridge to another: the way back is to `from`. Pure.
 *
 * @param before what was known; it stays where the bridge stays
 * @param made of the NIC with this MAC; `at` in ms since the epoch; `flapped`: the guest saw the link go down and up
 * @returns undefined where there is no way back: it is where it came from again, or on no bridge
 */
export function cableMove(
  before: CableMove | undefined,
  [from, to]: readonly [from: Plug, to: Plug],
  made: Pick<CableMove, 'mac' | 'at' | 'flapped'>,
): CableMove | undefined {
  if (from === to) return before;
  if (from === null || to === null || before?.from === to) return undefined;
  return { ...made, from, to };
}
