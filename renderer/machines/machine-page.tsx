import { Button } from '@mantine/core';
import { CopyButton } from '../components/copy-button.tsx';
import { ConsolePage } from '../console/console-page.tsx';
import { DetailsPage } from '../details/details-page.tsx';
import { useToldAtNic } from '../nic-live/told-at-nic.ts';
import { go, type Route } from '../state/route.ts';
import { useMachine, useMachines } from '../state/machines-feed.ts';
import { XmlPage } from '../xml-page/xml-page.tsx';
import { useKeptEdits } from '../details/kept-edits.ts';
import { MachineHeader } from './machine-header.tsx';
import { MachineProblem } from './machine-problem.tsx';
import { MachineTabs } from './machine-tabs.tsx';

/** One machine: header, tabs, and the tab's page. */
export function MachinePage({ uuid, route }: { readonly uuid: string; readonly route: Extract<Route, { page: 'machine' }> }) {
  const known = useMachines();
  const machine = useMachine(uuid);
  const told = useToldAtNic(machine, route);
  if (!known) return <div className="page-body" aria-busy="true" />;
  if (!machine) return <MachineGone uuid={uuid} />;
  return (
    <>
      <MachineHeader machine={machine} />
      <MachineTabs uuid={uuid} tab={route.tab} pending={machine.pending} />
      {!told && <MachineProblem machine={machine} />}
      <div className="machine-panel" id="machine-panel" role="tabpanel" aria-labelledby={`tab-${route.tab}`} key={uuid}>
        {route.tab === 'console' && <ConsolePage machine={machine} />}
        {route.tab === 'details' && <DetailsPage machine={machine} device={route.device} />}
        {route.tab === 'xml' && <XmlPage machine={machine} line={route.line} />}
      </div>
    </>
  );
}

/** In place of a machine that was deleted elsewhere; what was typed about it can still be taken along. */
function MachineGone({ uuid }: { readonly uuid: string }) {
  const kept = useKeptEdits(uuid);
  return (
    <div className="page-body">
      <div className="empty-state">
        <h1>This machine is gone</h1>
        <p className="dim">It was deleted, here or by somebody else, or the link is old.</p>
        {kept.text !== undefined && (
          <div className="callout warn">
            <p className="grow">What you changed in its definition and had not applied is still here.</p>
            <CopyButton text={kept.text} what="the edited XML" />
            <Button onClick={kept.forget}>Discard It</Button>
          </div>
        )}
        <div className="row">
          <Button variant="filled" onClick={() => go({ page: 'machines' })}>
            All Machines
          </Button>
        </div>
      </div>
    </div>
  );
}
