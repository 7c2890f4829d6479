import type { Api } from '../../shared/contract/index.ts';
import { follow, type FeedFailure, type Link } from '../link/api.ts';

/** One subscription that any number of components share; it flows only while somebody listens and the document is visible. */
export interface SharedFeed<T> {
  /** The last item; undefined until the first. */
  readonly get: () => T | undefined;
  /** Why nothing comes; undefined while something does, or may. */
  readonly failure: () => FeedFailure | undefined;
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
  let failure: FeedFailure | undefined;
  let unfollow: (() => void) | undefined;
  const decide = () => {
    const wanted = listeners.size > 0 && document.visibilityState !== 'hidden';
    if (wanted && !unfollow) {
      const tell = () => {
        for (const listener of listeners) listener();
      };
      unfollow = follow(
        link,
        open,
        (item) => {
          value = take(value, item);
          tell();
        },
        (now) => {
          failure = now;
          tell();
        },
      );
    } else if (!wanted && unfollow) {
      unfollow();
      unfollow = undefined;
      failure = undefined;
    }
  };
  return {
    get: () => value,
    failure: () => failure,
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
