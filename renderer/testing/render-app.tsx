import { cleanup, configure, render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { notifications } from '@mantine/notifications';
import { afterEach } from 'vitest';
import { App } from '../app.tsx';
import { startServices } from '../state/services.ts';
import { useUi } from '../state/ui-store.ts';
import { useDialogs } from '../state/dialog-store.ts';
import { dropAllDrafts } from '../state/drafts.ts';
import { useJobPlaces } from '../state/job-place.ts';
import { useJobsDrawer } from '../state/jobs-drawer.ts';
import { useXmlDrafts } from '../xml/draft-store.ts';
import { FakeApi } from './fake-api.ts';

// What jsdom lacks and the component library asks for.
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
window.matchMedia ??= (query) =>
  ({
    matches: false,
    media: query,
    onchange: null,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    addListener: () => undefined,
    removeListener: () => undefined,
    dispatchEvent: () => false,
  }) as unknown as MediaQueryList;
const lacking = (prototype: object, method: string, value: () => unknown) => {
  if (!(method in prototype)) Object.defineProperty(prototype, method, { value, configurable: true });
};
lacking(Element.prototype, 'scrollIntoView', () => undefined);
lacking(Range.prototype, 'getClientRects', () => []);
lacking(Range.prototype, 'getBoundingClientRect', () => new DOMRect());

if (!('fonts' in document)) {
  Object.defineProperty(document, 'fonts', {
    value: { addEventListener: () => undefined, removeEventListener: () => undefined, load: () => Promise.resolve([]) },
  });
}

// Bound of a wait, ms: generous, since the machine may be busy.
configure({ asyncUtilTimeout: 60_000 });

const ends: (() => void)[] = [];
afterEach(() => {
  cleanup();
  for (const end of ends.splice(0)) end();
  notifications.clean();
  useDialogs.getState().close();
  useUi.setState({ newMachine: { open: false }, folded: {}, search: '', tab: 'details', devices: {} });
  useXmlDrafts.setState({ drafts: {} });
  useJobPlaces.setState({ places: {} });
  useJobsDrawer.setState({ open: false, shown: undefined, view: 'jobs', clearedAt: 0 });
  dropAllDrafts();
  history.replaceState(null, '', '#/machines');
});

/** The whole window on a fake host, at a place (`#/machines`). */
export function renderApp(fake: FakeApi, hash = '#/machines') {
  history.replaceState(null, '', hash);
  const services = startServices(fake.link());
  ends.push(() => services.stop());
  // Without a turn of the timers between two keys: on a busy machine each takes its time, and nothing here is about time.
  const user = userEvent.setup({ delay: null });
  return { user, services, ...render(<App services={services} still />) };
}
