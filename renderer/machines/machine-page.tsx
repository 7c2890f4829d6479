import { Button } from '@mantine/core';
import { keyOf } from '../../shared/contract/machine-key.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import { CopyButton } from '../components/copy-button.tsx';
import { ConsolePage } from '../console/console-page.tsx';
import { DetailsPage } from '../details/details-page.tsx';
import { AwayNote } from '../machine/away-note.tsx';
import { useToldAtNic } from '../nic-live/told-at-nic.ts';
import { ConnectionScope, useConnection, useConnections } from '../state/connections.ts';
import { go, type MachineRoute } from '../state/route.ts';
import { useMachine, useMachines } from '../state/machines-feed.ts';
import { XmlPage } from '../xml-page/xml-page.tsx';
import { useKeptEdits } from '../details/kept-edits.ts';
import { MachineHeader } from './machine-header.tsx';
import { MachineProblem } from './machine-problem.tsx';
import { MachineTabs } from './machine-tabs.tsx';

/** One machine: header, tabs, and the tab's page. */
export function MachinePage({ route }: { readonly route: MachineRoute }) {
  return (
    <ConnectionScope value={route.connection}>
      <Machine route={route} />
    </ConnectionScope>
  );
}

function Machine({ route }: { readonly route: MachineRoute }) {
  const known = useMachines()?.broken[route.connection] !== undefined;
  const connections = useConnections();
  const connection = useConnection();
  const machine = useMachine(route);
  const told = useToldAtNic(machine, route);
  if (!machine) {
    if (known || (connections && !connection)) return <MachineGone machine={route} />;
    // It may be there, and can't be asked for: whoever waits for it is told for what.
    return <div className="page-body">{connection ? <AwayNote connection={connection} /> : <div aria-busy="true" />}</div>;
  }
  return (
    <>
      <MachineHeader machine={machine} />
      <MachineTabs machine={machine} tab={route.tab} />
      {connection && <AwayNote connection={connection} />}
      {!told && <MachineProblem machine={machine} />}
      <div className="machine-panel" id="machine-panel" role="tabpanel" aria-labelledby={`tab-${route.tab}`} key={keyOf(route)}>
        {route.tab === 'console' && <ConsolePage machine={machine} />}
        {route.tab === 'details' && <DetailsPage machine={machine} device={route.device} />}
        {route.tab === 'xml' && <XmlPage machine={machine} line={route.line} />}
      </div>
    </>
  );
}

/** In place of a machine that was deleted elsewhere; what was typed about it can still be taken along. */
function MachineGone({ machine }: { readonly machine: MachineRef }) {
  const kept = useKeptEdits(machine);
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
