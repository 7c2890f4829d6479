/**
 * Waits for a promise, but not for ever.
 *
 * @param patience ms
 * @returns true when it resolved in time, whatever it resolved to; false when it has not yet
 * @throws what it rejects with in time
 */
export async function within(promise: Promise<unknown>, patience: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(resolve, patience, false);
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
