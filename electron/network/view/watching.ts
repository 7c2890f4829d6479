/**
 * Changes come as events (`ip monitor`, the machines' own), and are looked at once. Counters have none: the kernel tells of them only when it is
 * asked, and a rate is the difference of two looks. That is what the period is for.
 *
 * Takes a fresh look at once, whenever `subscribe`'s callback is called, and every `period` ms (where there is one), until `signal` ends it. Looks never overlap;
 * calls that come while one is under way lead to one more.
 */
export async function* watching<T>(
  look: () => Promise<T>,
  subscribe: (changed: () => void) => () => void,
  period: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  let wake = Promise.withResolvers<void>();
  const changed = () => wake.resolve();
  const unsubscribe = subscribe(changed);
  const timer = period === undefined ? undefined : setInterval(changed, period);
  signal.addEventListener('abort', changed, { once: true });
  try {
    while (!signal.aborted) {
      wake = Promise.withResolvers<void>();
      yield await look();
      if (!signal.aborted) await wake.promise;
    }
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', changed);
    unsubscribe();
  }
}
