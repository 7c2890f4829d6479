import { Button, SegmentedControl, Select, TextInput } from '@mantine/core';
import { IconFilter, IconPlus } from '@tabler/icons-react';
import { useEffect, useMemo } from 'react';
import { keyOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { RetryCallout } from '../components/retry-callout.tsx';
import { count } from '../words/format.ts';
import { useMachines, useMachinesFailure } from '../state/machines-feed.ts';
import { useConnections } from '../state/connections.ts';
import { awayOf } from '../state/connections-store.ts';
import { AwayNote } from '../machine/away-note.tsx';
import { useUi } from '../state/ui-store.ts';
import { BrokenDefinitions } from './broken-definitions.tsx';
import { FirstRun } from './first-run.tsx';
import { BulkBar } from './list/bulk-bar.tsx';
import { ColumnChoice } from './list/column-choice.tsx';
import { useList } from './list/list-store.ts';
import { noSelection, onlyShown } from './list/selection.ts';
import { useListed } from './list/use-listed.ts';
import { MachineTable } from './machine-table.tsx';
import { MachineTableSkeleton } from './machine-table-skeleton.tsx';
import { isRunning, isTroubled, networksOf } from '../machine/machine-filter.ts';
import './machines-page.css';

const none: readonly MachineSummary[] = [];

/** All machines as a table: filtered, sorted, selected and acted on together. */
export function MachinesPage() {
  const known = useMachines();
  const failure = useMachinesFailure();
  const openNewMachine = useUi((state) => state.openNewMachine);
  const { filter, words, network, selection, setFilter, setWords, setNetwork, clearFilter, setSelection } = useList((list) => list);
  const found = useListed(known?.machines ?? none);
  const keys = useMemo(() => found.map(keyOf), [found]);
  const seen = onlyShown(selection, keys);
  // Before the first news nothing is gone yet.
  const told = known !== undefined;
  useEffect(() => {
    if (told && seen !== selection) setSelection(seen);
  }, [told, seen, selection, setSelection]);
  const connections = useConnections();
  const broken = Object.values(known?.broken ?? {}).flat();
  const several = (connections?.length ?? 0) > 1;
  if (known && !several && known.machines.length === 0 && broken.length === 0) return <FirstRun />;
  const machines = known?.machines ?? none;
  const hidden = machines.length - found.length;
  const trouble = machines.filter(isTroubled).length;
  const away = awayOf(connections);
  const unknown = machines.filter(({ connection }) => away.has(connection)).length;
  const running = machines.filter((machine) => !away.has(machine.connection) && isRunning(machine)).length;
  const places = networksOf(machines);
  return (
    <>
      <header className="page-header lined">
        <div className="grow">
          <h1>All machines</h1>
          <p className="small dim num">
            {!known
              ? ' '
              : hidden > 0
                ? `${String(found.length)} of ${count(machines.length, 'machine')} shown`
                : [
                    `${count(machines.length, 'machine')}${several ? ` on ${count(connections?.length ?? 0, 'connection')}` : ''}`,
                    `${String(running)} running`,
                    ...(unknown > 0 ? [`${String(unknown)} not known`] : []),
                  ].join(', ')}
          </p>
        </div>
        <Button variant="filled" leftSection={<IconPlus size={15} />} onClick={() => openNewMachine()}>
          New VM…
        </Button>
      </header>
      <div className="filter-bar">
        <TextInput
          w={220}
          aria-label="Filter machines"
          placeholder="Name, IP, MAC, note"
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
            { value: 'off', label: `Off ${String(machines.length - running - unknown)}` },
            { value: 'problems', label: `Trouble ${String(trouble)}` },
          ]}
        />
        <Select
          w={168}
          className="list-network"
          aria-label="Network"
          placeholder="Network: any"
          clearable
          searchable
          value={network ?? null}
          data={network === undefined || places.includes(network) ? places : [network, ...places]}
          onChange={(value) => setNetwork(value ?? undefined)}
        />
        <span className="grow" />
        <ColumnChoice />
      </div>
      {connections?.map((connection) => (
        <AwayNote key={connection.id} connection={connection} />
      ))}
      {broken.length > 0 && <BrokenDefinitions broken={broken} />}
      {failure && (
        <div className="page-note">
          <RetryCallout error={failure.error} title="No news of the machines comes." onRetry={failure.again} />
        </div>
      )}
      {!known ? (
        failure ? null : (
          <MachineTableSkeleton />
        )
      ) : machines.length === 0 ? (
        <div className="page-body">
          <p className="dim">
            {away.size > 0 ? 'No machine is known.' : 'No machine yet.'}{' '}
            <button type="button" className="link" onClick={() => openNewMachine()}>
              New VM…
            </button>
          </p>
        </div>
      ) : found.length === 0 ? (
        <div className="page-body">
          <p className="dim">
            No machine matches.{' '}
            <button type="button" className="link" onClick={clearFilter}>
              Clear Filter
            </button>
          </p>
        </div>
      ) : (
        <>
          <MachineTable machines={found} />
          {hidden > 0 && (
            <p className="list-hidden small dim">
              {count(hidden, 'machine')} {hidden === 1 ? 'is' : 'are'} hidden by the filter.{' '}
              <button type="button" className="link" onClick={clearFilter}>
                Clear Filter
              </button>
            </p>
          )}
        </>
      )}
      <BulkBar selected={found.filter((machine) => selection.chosen.has(keyOf(machine)))} onClear={() => setSelection(noSelection)} />
    </>
  );
}
