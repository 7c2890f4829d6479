import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { IconFilter, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { RetryCallout } from '../components/retry-callout.tsx';
import { count } from '../format.ts';
import { useMachines, useMachinesFailure } from '../state/machines-feed.ts';
import { useUi } from '../state/ui-store.ts';
import { BrokenDefinitions } from './broken-definitions.tsx';
import { FirstRun } from './first-run.tsx';
import { MachineTable } from './machine-table.tsx';
import { MachineTableSkeleton } from './machine-table-skeleton.tsx';
import { filterMachines, isRunning, isTroubled, type MachineFilter } from './machine-filter.ts';
import './machines-page.css';

/** All machines as a table. */
export function MachinesPage() {
  const known = useMachines();
  const failure = useMachinesFailure();
  const openNewMachine = useUi((state) => state.openNewMachine);
  const [filter, setFilter] = useState<MachineFilter>('all');
  const [words, setWords] = useState('');
  if (known && known.machines.length === 0 && known.broken.length === 0) return <FirstRun />;
  const machines = known?.machines ?? [];
  const found = filterMachines(machines, filter, words);
  const running = machines.filter(isRunning).length;
  return (
    <>
      <header className="page-header lined">
        <div className="grow">
          <h1>All machines</h1>
          <p className="small dim num">{known ? `${count(machines.length, 'machine')}, ${String(running)} running` : ' '}</p>
        </div>
        <Button variant="filled" leftSection={<IconPlus size={15} />} onClick={() => openNewMachine()}>
          New VM…
        </Button>
      </header>
      <div className="filter-bar">
        <TextInput
          w={220}
          aria-label="Filter machines"
          placeholder="Name, title, MAC"
          leftSection={<IconFilter size={14} aria-hidden />}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') setWords('');
          }}
        />
        <SegmentedControl
          aria-label="Which machines"
          value={filter}
          onChange={(value) => setFilter(value)}
          data={[
            { value: 'all', label: `All ${String(machines.length)}` },
            { value: 'running', label: `Running ${String(running)}` },
            { value: 'off', label: `Off ${String(machines.length - running)}` },
            { value: 'problems', label: `Problems ${String(machines.filter(isTroubled).length)}` },
          ]}
        />
      </div>
      {known && known.broken.length > 0 && <BrokenDefinitions broken={known.broken} />}
      {failure && (
        <div className="page-note">
          <RetryCallout error={failure.error} title="No news of the machines comes." onRetry={failure.again} />
        </div>
      )}
      {!known ? (
        failure ? null : (
          <MachineTableSkeleton />
        )
      ) : found.length === 0 ? (
        <div className="page-body">
          <p className="dim">
            No machine matches.{' '}
            <button
              type="button"
              className="link"
              onClick={() => {
                setWords('');
                setFilter('all');
              }}
            >
              Clear Filter
            </button>
          </p>
        </div>
      ) : (
        <MachineTable machines={found} />
      )}
    </>
  );
}
