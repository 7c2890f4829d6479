import { keyOf } from '../../shared/contract/machine-key.ts';
import { embeddedConnection } from '../../shared/contract/references.ts';
import { useEffect, useRef } from 'react';
import { HostPage } from '../host/host-page.tsx';
import { MachinePage } from '../machines/machine-page.tsx';
import { MachinesPage } from '../machines/machines-page.tsx';
import { NetworkPage } from '../network/network-page.tsx';
import { hasNewMachineDraft } from '../new-machine/new-machine-draft.ts';
import { NewMachineDialog } from '../new-machine/new-machine-dialog.tsx';
import { holdUnload, useRoute, type Route } from '../state/route.ts';
import { SettingsPage } from '../settings/settings-page.tsx';
import { useUi } from '../state/ui-store.ts';
import { useXmlDrafts } from '../xml/draft-store.ts';
import { JobToasts } from '../jobs/job-toasts.tsx';
import { JobsDrawer } from '../jobs/jobs-drawer.tsx';
import { useJobsDrawer } from '../state/jobs-drawer.ts';
import { ActivityLine } from './activity-line.tsx';
import { RecentActivity } from './activity-list.tsx';
import { Announcer } from './announcer.tsx';
import { reopenDialogs } from '../state/dialog-store.ts';
import { Dialogs } from './dialogs.tsx';
import { LinkBanner } from './link-banner.tsx';
import { Navigation } from './navigation.tsx';
import { PageBoundary } from './page-boundary.tsx';
import { TrialBanners } from './trial-banner.tsx';
import { useHotKeys } from './use-hot-keys.ts';
import { useTitle } from './use-title.ts';
import './shell.css';

function Page({ route }: { readonly route: Route }) {
  switch (route.page) {
    case 'machines':
      return <MachinesPage />;
    case 'machine':
      return <MachinePage route={route} />;
    case 'network':
      return <NetworkPage connection={route.connection ?? embeddedConnection} />;
    case 'host':
      return <HostPage />;
    case 'settings':
      return <SettingsPage />;
  }
}

/** The window's frame: navigation, the page, the activity line, and what floats above. */
export function Shell() {
  const route = useRoute();
  useTitle(route);
  const search = useRef<HTMLInputElement>(null);
  useHotKeys(search);
  const jobsOpen = useJobsDrawer((state) => state.open);
  const creating = useUi((state) => state.newMachine.open);
  // What a reload of the page interrupted is there again.
  useEffect(() => {
    if (hasNewMachineDraft()) useUi.getState().openNewMachine();
    reopenDialogs();
  }, []);
  // They outlive a reload, but not the tab.
  const drafts = useXmlDrafts((state) => Object.keys(state.drafts).length > 0);
  useEffect(() => (drafts ? holdUnload() : undefined), [drafts]);
  return (
    <div className="shell">
      <Navigation searchRef={search} route={route} />
      <main className="shell-main" data-region aria-label="Page" tabIndex={-1}>
        <LinkBanner />
        <TrialBanners />
        <PageBoundary key={route.page === 'machine' ? keyOf(route) : route.page}>
          <Page route={route} />
        </PageBoundary>
      </main>
      <ActivityLine />
      {jobsOpen && <JobsDrawer happened={<RecentActivity />} />}
      <JobToasts />
      <Announcer />
      <Dialogs />
      {creating && <NewMachineDialog />}
    </div>
  );
}
