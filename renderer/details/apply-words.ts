/** What decides when an edit takes effect. */
export interface ApplyCase {
  readonly adding: boolean;
  readonly running: boolean;
  /** The running machine takes it at once. */
  readonly live: boolean;
}

/** One sentence on what Apply (or Add) does, and when it takes effect. Pure. */
export function applyWords({ adding, running, live }: ApplyCase): string {
  if (adding) {
    if (live) return 'Adds it now, while the machine runs, and to the definition.';
    return running ? 'Saves it. The machine has it after the next shutdown.' : 'Saves it in the definition.';
  }
  if (live) return 'Changes it now, while the machine runs, and in the definition.';
  return running ? 'Saves it. It takes effect after the next shutdown.' : 'Saves it. It takes effect at the next start.';
}
