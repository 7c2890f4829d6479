// The window's one timer for everything that grows older on the screen: it runs while somebody looks, and only then.
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

/** ms between ticks. */
const period = 1000;

function tick(): void {
  now = Date.now();
  for (const listener of listeners) listener();
}

function run(): void {
  const wanted = listeners.size > 0 && document.visibilityState === 'visible';
  if (wanted && timer === undefined) {
    timer = setInterval(tick, period);
    // What was seen before the window was hidden is old by now.
    tick();
  } else if (!wanted && timer !== undefined) {
    clearInterval(timer);
    timer = undefined;
  }
}

/** The time of the last tick, ms since the epoch: at most a second old while anybody is subscribed and the window is visible. */
export function clockTime(): number {
  return now;
}

/** Calls back once a second while the window is visible; returns the way out. All subscribers share one timer. */
export function subscribeClock(listener: () => void): () => void {
  if (listeners.size === 0) document.addEventListener('visibilitychange', run);
  listeners.add(listener);
  run();
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) document.removeEventListener('visibilitychange', run);
    run();
  };
}
