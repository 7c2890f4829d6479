import type { Api } from '../../shared/contract/index.ts';
import { follow, type Link } from '../api.ts';

/** One subscription that any number of components share; it flows only while somebody listens and the document is visible. */
export interface SharedFeed<T> {
  /** The last item; undefined until the first. */
  readonly get: () => T | undefined;
  readonly subscribe: (listener: () => void) => () => void;
}

/** How long a subscription outlives its last listener, ms: a change of page unmounts and mounts. */
const grace = 300;

/**
 * Makes a {@link SharedFeed} of an events method.
 * @param take makes the next value of the one before and the new item
 */
export function sharedFeed<T, U>(
  link: Link,
  open: (api: Api, signal: AbortSignal) => AsyncIterable<T>,
  take: (before: U | undefined, item: T) => U,
): SharedFeed<U> {
  const listeners = new Set<() => void>();
  let value: U | undefined;
  let unfollow: (() => void) | undefined;
  const decide = () => {
    const wanted = listeners.size > 0 && document.visibilityState !== 'hidden';
    if (wanted && !unfollow) {
      unfollow = follow(link, open, (item) => {
        value = take(value, item);
        for (const listener of listeners) listener();
      });
    } else if (!wanted && unfollow) {
      unfollow();
      unfollow = undefined;
    }
  };
  return {
    get: () => value,
    subscribe: (listener) => {
      if (listeners.size === 0) document.addEventListener('visibilitychange', decide);
      listeners.add(listener);
      decide();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) document.removeEventListener('visibilitychange', decide);
        setTimeout(decide, grace);
      };
    },
  };
}
