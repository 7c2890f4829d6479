import { useSyncExternalStore } from 'react';
import type { UplinkTrials } from '../../shared/contract/networks.ts';
import type { Link } from '../api.ts';
import { useServices } from '../state/services.ts';
import { sharedFeed, type SharedFeed } from './shared-feed.ts';

/** What the window knows of trials: those the host tells of, and the one that it saw and that went without a word. */
export interface TrialsNow extends UplinkTrials {
  /** It was on trial when the host ended, which takes it back. */
  readonly lost: { readonly bridge: string; readonly port: string; readonly token: string } | null;
}

/** Takes the host's news: a trial that is neither pending nor told as ended went with the host before. Pure. */
export function takeTrials(before: TrialsNow | undefined, now: UplinkTrials): TrialsNow {
  const gone = before?.pending.find(({ token }) => now.ended?.token !== token && !now.pending.some((pending) => pending.token === token));
  return { ...now, lost: gone ?? (now.pending.length > 0 ? null : (before?.lost ?? null)) };
}

const feeds = new WeakMap<Link, SharedFeed<TrialsNow>>();

function feedOf(link: Link): SharedFeed<TrialsNow> {
  const known = feeds.get(link) ?? sharedFeed(link, (api, signal) => api['networks.trials']({}, { signal }), takeTrials);
  feeds.set(link, known);
  return known;
}

/** The uplinks on trial, on every page and in every window; undefined until the host told of them. */
export function useUplinkTrials(): TrialsNow | undefined {
  const { link } = useServices();
  const feed = feedOf(link);
  return useSyncExternalStore(feed.subscribe, feed.get);
}
