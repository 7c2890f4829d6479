import { useMemo, useSyncExternalStore } from 'react';
import { z } from 'zod';
import { uplinkTrial, type UplinkTrials } from '../../shared/contract/networks.ts';
import type { Link } from '../link/api.ts';
import { keepDraft, readDraft } from '../state/drafts.ts';
import { useConnections, useScope } from '../state/connections.ts';
import { useServices } from '../state/services.ts';
import { refusal, useStanding } from '../state/use-link-status.ts';
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
const keptName = (connection: string) => `uplink-trials.${connection}`;

/** How long after its time a trial that this tab didn't see end is of interest, ms. */
const recent = 600_000;

function takeAndKeep(connection: string, before: TrialsNow | undefined, now: UplinkTrials): TrialsNow {
  const kept = before ? undefined : readDraft(keptName(connection), keptTrials);
  const pending = kept?.pending.filter(({ until }) => until > Date.now() - recent) ?? [];
  const next = takeTrials(kept ? { ...kept, pending, ended: null } : before, now);
  keepDraft(keptName(connection), { pending: next.pending, lost: next.lost });
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

const feeds = new WeakMap<Link, Map<string, SharedFeed<TrialsNow>>>();

function feedOf(link: Link, connection: string): SharedFeed<TrialsNow> {
  const all = feeds.get(link) ?? new Map<string, SharedFeed<TrialsNow>>();
  feeds.set(link, all);
  const known =
    all.get(connection) ??
    sharedFeed<UplinkTrials, TrialsNow>(
      link,
      (api, signal) => api['networks.trials']({ connection }, { signal }),
      (before, now) => takeAndKeep(connection, before, now),
    );
  all.set(connection, known);
  return known;
}

const quiet = () => () => undefined;

/** The uplinks on trial in this part's connection, on every page and in every window; undefined until the host told of them. */
export function useUplinkTrials(): TrialsNow | undefined {
  const feed = feedOf(useServices().link, useScope());
  const standing = useStanding();
  const asks = standing.connection !== undefined && refusal(standing, 'uplinks') === undefined;
  return useSyncExternalStore(asks ? feed.subscribe : quiet, feed.get);
}

/** Is any uplink on trial, in whichever connection. */
export function useAnyTrial(): boolean {
  const { link } = useServices();
  const connections = useConnections();
  const all = useMemo(
    () =>
      (connections ?? [])
        .filter((connection) => connection.state.kind === 'connected' && refusal({ away: undefined, connection }, 'uplinks') === undefined)
        .map(({ id }) => feedOf(link, id)),
    [link, connections],
  );
  const subscribe = useMemo(
    () => (listener: () => void) => {
      const ends = all.map((feed) => feed.subscribe(listener));
      return () => {
        for (const end of ends) end();
      };
    },
    [all],
  );
  return useSyncExternalStore(subscribe, () => all.some((feed) => (feed.get()?.pending.length ?? 0) > 0));
}
