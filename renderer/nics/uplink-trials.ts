import { useSyncExternalStore } from 'react';
import { z } from 'zod';
import { uplinkTrial, type UplinkTrials } from '../../shared/contract/networks.ts';
import type { Link } from '../link/api.ts';
import { keepDraft, readDraft } from '../state/drafts.ts';
import { useServices } from '../state/services.ts';
import { sharedFeed, type SharedFeed } from './shared-feed.ts';

/** What the window knows of trials: those the host tells of, and the one that it saw and that went without a word. */
export interface TrialsNow extends UplinkTrials {
  /** It was on trial when the host ended, which takes it back. */
  readonly lost: { readonly bridge: string; readonly port: string; readonly token: string } | null;
}

/** Takes the host's news: a trial that is neither pending nor told as ended went with the host before. Pure. */
function takeTrials(before: TrialsNow | undefined, now: UplinkTrials): TrialsNow {
  const gone = before?.pending.find(({ token }) => now.ended?.token !== token && !now.pending.some((pending) => pending.token === token));
  return { ...now, lost: gone ?? (now.pending.length > 0 ? null : (before?.lost ?? null)) };
}

/** What this tab knew of trials last: the page may be loaded anew while the host that had one is gone. */
const keptTrials = z.object({
  pending: z.array(uplinkTrial),
  lost: z.object({ bridge: z.string(), port: z.string(), token: z.string() }).nullable(),
});
const keptName = 'uplink-trials';

/** How long after its time a trial that this tab didn't see end is of interest, ms. */
const recent = 600_000;

function takeAndKeep(before: TrialsNow | undefined, now: UplinkTrials): TrialsNow {
  const kept = before ? undefined : readDraft(keptName, keptTrials);
  const pending = kept?.pending.filter(({ until }) => until > Date.now() - recent) ?? [];
  const next = takeTrials(kept ? { ...kept, pending, ended: null } : before, now);
  keepDraft(keptName, { pending: next.pending, lost: next.lost });
  return next;
}

const dismissedName = 'uplink-trial-dismissed';

/** Keeps that the user has read how this trial ended. */
export function dismissTrial(token: string): void {
  return keepDraft(dismissedName, token);
}

/** The trial whose end was read in this tab last. */
export function dismissedTrial(): string | undefined {
  return readDraft(dismissedName, z.string());
}

const feeds = new WeakMap<Link, SharedFeed<TrialsNow>>();

function feedOf(link: Link): SharedFeed<TrialsNow> {
  const known = feeds.get(link) ?? sharedFeed(link, (api, signal) => api['networks.trials']({}, { signal }), takeAndKeep);
  feeds.set(link, known);
  return known;
}

/** The uplinks on trial, on every page and in every window; undefined until the host told of them. */
export function useUplinkTrials(): TrialsNow | undefined {
  const { link } = useServices();
  const feed = feedOf(link);
  return useSyncExternalStore(feed.subscribe, feed.get);
}
