import { useSyncExternalStore } from 'react';

/** Tabs of a machine page, in the order that Ctrl+1…3 picks them. */
export const machineTabs = ['console', 'details', 'xml'] as const;
export type MachineTab = (typeof machineTabs)[number];

/** Where the window is. `device` is a device's key (see details/device-list.ts), `line` a 1-based line of the XML. */
export type Route =
  | { readonly page: 'machines' }
  | { readonly page: 'network' }
  | { readonly page: 'host' }
  | { readonly page: 'settings' }
  | { readonly page: 'machine'; readonly uuid: string; readonly tab: MachineTab; readonly device?: string; readonly line?: number };

const isTab = (word: string | undefined): word is MachineTab => machineTabs.some((tab) => tab === word);

/** Reads a location hash (`#/machine/<uuid>/details/disk-vda`). Anything unknown is the list of machines. */
export function parseRoute(hash: string): Route {
  const [page, uuid, tab, rest] = hash.replace(/^#\/?/, '').split('/').map(decode);
  if (page === 'network' || page === 'host' || page === 'settings') return { page };
  if (page !== 'machine' || !uuid) return { page: 'machines' };
  const at = { page, uuid, tab: isTab(tab) ? tab : 'console' } as const;
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
  if (route.page !== 'machine') return `#/${route.page}`;
  const rest = route.device ?? route.line;
  return `#/machine/${encodeURIComponent(route.uuid)}/${route.tab}${rest === undefined ? '' : `/${encodeURIComponent(rest)}`}`;
}

/** A guard answers false to keep the window where it is (unapplied edits); it then goes on by itself with `proceed`. */
export type LeaveGuard = (proceed: () => void) => boolean;
let guard: LeaveGuard | undefined;

/** Sets the one guard that is asked before the route changes; returns its removal. */
export function guardLeaving(next: LeaveGuard): () => void {
  guard = next;
  return () => {
    if (guard === next) guard = undefined;
  };
}

/** Is the window at this page already: a machine's tab without a device or a line is whatever the tab shows. */
function isHere(route: Route): boolean {
  const hash = formatRoute(route);
  return hash === location.hash || (route.page === 'machine' && location.hash.startsWith(`${hash}/`));
}

/** Goes to a page, if the window isn't there already; `replace` leaves no entry in the history. */
export function go(route: Route, options: { replace?: boolean } = {}): void {
  if (isHere(route)) return;
  const hash = formatRoute(route);
  const move = () => {
    if (options.replace) history.replaceState(history.state, '', hash);
    else history.pushState(null, '', hash);
    dispatchEvent(new HashChangeEvent('hashchange'));
  };
  if (guard && !guard(move)) return;
  move();
}

const subscribe = (listener: () => void) => {
  addEventListener('hashchange', listener);
  addEventListener('popstate', listener);
  return () => {
    removeEventListener('hashchange', listener);
    removeEventListener('popstate', listener);
  };
};

/** The present route; renders again when it changes. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return parseRoute(hash);
}
