import { Button } from '@mantine/core';
import { IconBolt, IconCode, IconPlus } from '@tabler/icons-react';
import { DoctorChecks } from '../computer/doctor-checks.tsx';
import { useUi } from '../state/ui-store.ts';
import { DemoProgress } from '../machine/demo-progress.tsx';
import { useCreateDemo } from '../machine/use-create-demo.ts';

/** What a newcomer sees: one filled button that leads to a running machine, the alternatives, and what this host can do. */
export function FirstRun() {
  const openNewMachine = useUi((state) => state.openNewMachine);
  const demo = useCreateDemo();
  return (
    <div className="page-body">
      <div className="empty-state">
        <h1>No machines on this computer yet</h1>
        <p className="dim">
          The demo boots a small Linux with a serial login, a disk and a network interface, so you see everything work once.
        </p>
        <div className="row">
          <Button variant="filled" leftSection={<IconBolt size={15} />} loading={demo.busy} onClick={demo.create}>
            Create a Demo Machine
          </Button>
          <Button leftSection={<IconPlus size={15} />} onClick={() => openNewMachine()}>
            New VM…
          </Button>
          <Button leftSection={<IconCode size={15} />} onClick={() => openNewMachine({ source: 'xml' })}>
            From XML…
          </Button>
        </div>
        <div className="first-run-hint">
          <DemoProgress demo={demo} />
        </div>
        <div className="first-run-checks">
          <DoctorChecks full={false} />
        </div>
      </div>
    </div>
  );
}
