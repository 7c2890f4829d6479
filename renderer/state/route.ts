import { useSyncExternalStore } from 'react';
import { embeddedConnection, type MachineRef } from '../../shared/contract/references.ts';

/** Tabs of a machine page, in the order that Ctrl+1…3 picks them. */
export const machineTabs = ['console', 'details', 'xml'] as const;
export type MachineTab = (typeof machineTabs)[number];

/** A place in a machine's page. `device` is a device's key (see devices/device-list.ts), `line` a 1-based line of the XML. */
export interface MachineRoute extends MachineRef {
  readonly page: 'machine';
  readonly tab: MachineTab;
  readonly device?: string;
  readonly line?: number;
}

/** Where the window is. `connection` of the network is the one whose host is shown; without it, the embedded one's. */
export type Route =
  | { readonly page: 'machines' }
  | { readonly page: 'network'; readonly connection?: string }
  | { readonly page: 'host' }
  | { readonly page: 'settings' }
  | MachineRoute;

const isTab = (word: string | undefined): word is MachineTab => machineTabs.some((tab) => tab === word);

/**
 * Reads a location hash (`#/machine/<connection>/<uuid>/details/disk-vda`). An address without a connection is from before there were several,
 * and means the embedded one. Anything unknown is the list of machines.
 */
export function parseRoute(hash: string): Route {
  const [page, ...parts] = hash.replace(/^#\/?/, '').split('/').map(decode);
  if (page === 'network') return parts[0] ? { page, connection: parts[0] } : { page };
  if (page === 'host' || page === 'settings') return { page };
  if (page !== 'machine' || !parts[0]) return { page: 'machines' };
  const old = parts[1] === undefined || parts[1] === '' || isTab(parts[1]);
  const [connection = '', uuid = '', tab, rest] = old ? [embeddedConnection, ...parts] : parts;
  const at = { page, connection, uuid, tab: isTab(tab) ? tab : 'console' } as const;
  if (at.tab === 'details' && rest) return { ...at, device: rest };
  if (at.tab === 'xml' && rest && /^\d{1,7}$/.test(rest)) return { ...at, line: Number(rest) };
  return at;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return ''; // a hash that somebody typed by hand: treated as absent
  }
}

/** Writes what {@link parseRoute} reads. */
export function formatRoute(route: Route): string {
  if (route.page === 'network' && route.connection !== undefined) return `#/network/${encodeURIComponent(route.connection)}`;
  if (route.page !== 'machine') return `#/${route.page}`;
  const rest = route.device ?? route.line;
  return `#/machine/${encodeURIComponent(route.connection)}/${encodeURIComponent(route.uuid)}/${route.tab}${rest === undefined ? '' : `/${encodeURIComponent(rest)}`}`;
}

/** A guard answers false to keep the window where it is (unapplied edits); it then goes on by itself with `proceed`. */
export type LeaveGuard = (proceed: () => void) => boolean;
const guards: LeaveGuard[] = [];
const holders = new Set<object>();

/**
 * Adds a guard that is asked before the route changes, whichever way: a link, Back and Forward, an address typed by hand. The newest is
 * asked first; the page isn't closed or reloaded without the browser's own question either. Returns its removal.
 */
export function guardLeaving(guard: LeaveGuard): () => void {
  const release = holdUnload();
  guards.push(guard);
  return () => {
    release();
    const at = guards.indexOf(guard);
    if (at >= 0) guards.splice(at, 1);
  };
}

const askUnload = (event: BeforeUnloadEvent) => event.preventDefault();

/** Lets the browser ask before the page is closed or loaded anew, though inside the window nothing is lost; returns the end of it. */
export function holdUnload(): () => void {
  const holder = {};
  if (holders.size === 0) addEventListener('beforeunload', askUnload);
  holders.add(holder);
  return () => {
    holders.delete(holder);
    if (holders.size === 0) removeEventListener('beforeunload', askUnload);
  };
}

/** Loads the page anew without the browser's question: drafts outlive it, and a page without its host is of no use. */
export function reloadUnasked(reload: () => void = () => location.reload()): void {
  removeEventListener('beforeunload', askUnload);
  reload();
}

/** Asks the guards from the newest on; true when all let it go. Otherwise `move` runs once each of them was answered. */
function mayLeave(move: () => void, asked: readonly LeaveGuard[] = guards.toReversed()): boolean {
  const [first, ...rest] = asked;
  if (!first) return true;
  return (
    first(() => {
      if (mayLeave(move, rest)) move();
    }) && mayLeave(move, rest)
  );
}

/** The hash of the page that is shown: a step of the history is only shown once nobody keeps the window back. */
let shown = '';
/** Position in the history of the entry that is shown: it tells Back from Forward, and how far either went. */
let step = 0;
/** A hash that all guards have let go. */
let granted: string | undefined;
const listeners = new Set<() => void>();

const stepOf = (state: unknown): number | undefined =>
  typeof state === 'object' && state !== null && 'step' in state && typeof state.step === 'number' ? state.step : undefined;

/** Where the window is at: what is shown, or the address itself while nothing is shown yet. */
const here = (): string => (listeners.size === 0 ? location.hash : shown);

function show(hash: string, at: number): void {
  shown = hash;
  step = at;
  for (const listener of listeners) listener();
}

/** The browser went somewhere by itself: Back, Forward, or an address typed by hand. */
function onArrival(): void {
  const hash = location.hash;
  // `#token=…` is followed by new-address.ts, which loads the page anew.
  if (hash === shown || hash.startsWith('#token=')) return;
  const to = stepOf(history.state) ?? step + 1;
  const arrive = () => {
    if (stepOf(history.state) === undefined) history.replaceState({ step: to }, '', hash);
    show(hash, to);
  };
  if (granted === hash) {
    granted = undefined;
    arrive();
    return;
  }
  const by = to - step;
  const allowed = mayLeave(() => {
    if (by === 0) return;
    granted = hash;
    history.go(by);
  });
  if (allowed) arrive();
  // The step is taken back; it is taken again when the question is answered.
  else if (by !== 0) history.go(-by);
}

/** Is the window at this page already: a machine's tab without a device or a line is whatever the tab shows. */
function isHere(route: Route): boolean {
  const hash = formatRoute(route);
  // The address may be an old one, of the same page.
  const now = formatRoute(parseRoute(here()));
  return hash === now || (route.page === 'machine' && now.startsWith(`${hash}/`));
}

/**
 * Goes to a page, if the window isn't there already.
 * @param options.replace leaves no entry in the history
 * @param options.unasked asks no guard: what they keep is gone with the machine that it was about
 */
export function go(route: Route, options: { replace?: boolean; unasked?: boolean } = {}): void {
  if (isHere(route)) return;
  const hash = formatRoute(route);
  const move = () => {
    const to = options.replace ? step : step + 1;
    if (options.replace) history.replaceState({ step: to }, '', hash);
    else history.pushState({ step: to }, '', hash);
    show(hash, to);
  };
  if (options.unasked === true || mayLeave(move)) move();
}

/** Calls back whenever another page is shown; returns the end of it. */
export function onRoute(listener: () => void): () => void {
  if (listeners.size === 0) {
    shown = location.hash;
    step = stepOf(history.state) ?? 0;
    if (stepOf(history.state) === undefined) history.replaceState({ step }, '', location.hash || location.pathname + location.search);
    addEventListener('hashchange', onArrival);
    addEventListener('popstate', onArrival);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    removeEventListener('hashchange', onArrival);
    removeEventListener('popstate', onArrival);
  };
}

/** The route that is shown. */
export function presentRoute(): Route {
  return parseRoute(here());
}

/** The present route; renders again when it changes. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(onRoute, here);
  return parseRoute(hash);
}
