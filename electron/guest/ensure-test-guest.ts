import { homedir } from 'node:os';
import path from 'node:path';
import { type BuiltGuest, buildGuest } from './build-guest.ts';

/**
 * The guest for tests and benchmarks: built once per computer, then taken from the cache at once. The cache is the real
 * user's (`$TAPESTRY_GUEST_CACHE`, else `$XDG_CACHE_HOME/tapestry` as it is now, else `~/.cache/tapestry`): call it before a
 * test points XDG_CACHE_HOME elsewhere, or every test would build its own.
 *
 * @throws TapestryError `host-missing` when it can't be built here
 */
export async function ensureTestGuest(signal = AbortSignal.timeout(300_000)): Promise<BuiltGuest> {
  const named = process.env['TAPESTRY_GUEST_CACHE'];
  const cache = named ?? path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'tapestry');
  const steps = buildGuest(cache, signal);
  for (;;) {
    const next = await steps.next();
    if (next.done === true) return next.value;
  }
}
