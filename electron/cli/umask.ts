/** The umask that this process was called with; undefined until {@link closeToOthers}. */
let called: number | undefined;

/**
 * From now on nothing that this process or what it starts writes is for others (umask(2)), whatever the caller's umask allows them:
 * definitions hold passwords, recordings what was typed, and the next command executes the code that is kept for it.
 */
export function closeToOthers(): void {
  called = process.umask(0o077);
}

/** Runs a piece of work with the caller's own umask, for a program that isn't ours. The work must be done when it returns. */
export function withCallersUmask<T>(work: () => T): T {
  if (called === undefined) return work();
  const ours = process.umask(called);
  try {
    return work();
  } finally {
    process.umask(ours);
  }
}
