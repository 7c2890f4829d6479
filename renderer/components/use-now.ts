import { useEffect, useState } from 'react';

/** The present time (ms since the epoch), renewed every `every` ms while `active`; for ages and uptimes on the screen. */
export function useNow(every: number, active = true): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!active) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every, active]);
  return now;
}
