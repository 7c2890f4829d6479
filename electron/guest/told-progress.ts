/**
 * What some work tells while it goes on, one item after the other; only the newest of those that nobody took yet. Whoever leaves the loop
 * early ends the work, and waits for its end.
 *
 * @param work gets the way to tell, and a signal that is aborted when `signal` is or nobody listens any more
 * @throws what the work throws
 */
export async function* toldProgress<T>(
  work: (tell: (item: T) => void, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  const left = new AbortController();
  let newest: { readonly item: T } | undefined;
  let wake = Promise.withResolvers<void>();
  let ended = false;
  const tell = (item: T) => {
    newest = { item };
    wake.resolve();
  };
  const running = work(tell, AbortSignal.any([signal, left.signal])).finally(() => {
    ended = true;
    wake.resolve();
  });
  // It is asked for below; until then a failure is no unhandled one.
  running.catch(() => undefined);
  let isLeft = true;
  try {
    for (;;) {
      await wake.promise;
      wake = Promise.withResolvers<void>();
      const told = newest;
      newest = undefined;
      if (told) yield told.item;
      else if (ended) break;
      if (ended) wake.resolve();
    }
    isLeft = false;
    await running;
  } finally {
    if (isLeft) {
      left.abort();
      await running.catch(() => undefined);
    }
  }
}
