import { useEffect } from 'react';
import type { Route } from '../state/route.ts';
import { useMachine } from '../state/machines-feed.ts';

const places = { machines: 'All machines', network: 'Network', host: 'This computer', settings: 'Settings' } as const;
const tabs = { console: 'Console', details: 'Details', xml: 'XML' } as const;

/** Keeps the title of the window at what it shows: tabs and task bars then tell them apart. */
export function useTitle(route: Route): void {
  const machine = useMachine(route.page === 'machine' ? route : undefined);
  const what = route.page === 'machine' ? `${machine?.name ?? 'Machine'}, ${tabs[route.tab]}` : places[route.page];
  useEffect(() => {
    document.title = `${what} – Tapestry`;
  }, [what]);
}
