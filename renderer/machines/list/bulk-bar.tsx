import { Button, Menu } from '@mantine/core';
import {
  IconAlertCircle,
  IconChevronDown,
  IconCircleCheck,
  IconLoader2,
  IconPlayerPause,
  IconPlayerPlay,
  IconPower,
  IconX,
} from '@tabler/icons-react';
import { useEffect, type ComponentType } from 'react';
import { keyOf, refOf } from '../../../shared/contract/machine-key.ts';
import type { MachineAction, MachineSummary } from '../../../shared/contract/machines.ts';
import { ReasonedButton, ReasonedIcon } from '../../components/reasoned-button.tsx';
import { ReasonedItem } from '../../components/reasoned-item.tsx';
import { useNow } from '../../components/use-now.ts';
import { count, formatClock, formatSpan } from '../../words/format.ts';
import { go } from '../../state/route.ts';
import { useDialogs } from '../../state/dialog-store.ts';
import { useStandings } from '../../state/use-link-status.ts';
import { useServices } from '../../state/services.ts';
import { useMachine } from '../../state/machines-feed.ts';
import { actionLabels, allowedActions, harmful, patience } from '../../machine/machine-actions.ts';
import { shownState } from '../../machine/machine-state.ts';
import { useMachineActions } from '../../machine/use-machine-actions.ts';
import { able, actOnMany, isDone, useBulk, type BulkResult, type StandingOf } from './bulk-actions.ts';

const none: readonly MachineSummary[] = [];

/** Why none of the machines can be asked for something. */
const noneReason = (machines: readonly MachineSummary[], action: MachineAction, standingOf: StandingOf): string => {
  const [first] = machines;
  const reason = first && allowedActions(first, standingOf(first.connection))[action].reason;
  return machines.length === 1 && reason !== undefined ? reason : 'None of the selected machines is in a state for it';
};

/** Asks several machines, after a question where something would be lost. */
function useActOnMany(): (machines: readonly MachineSummary[], action: MachineAction) => void {
  const services = useServices();
  const openDialog = useDialogs((state) => state.open);
  return (machines, action) => {
    if (!harmful.has(action)) return void actOnMany(services, machines, action);
    const what = count(machines.length, 'machine');
    openDialog({
      kind: 'confirm',
      title: `${actionLabels[action]} ${what}?`,
      text: `${machines.map(({ name }) => name).join(', ')}: what their programs have not written to disk is lost.`,
      confirm: `${actionLabels[action]} ${what}`,
      run: () => actOnMany(services, machines, action),
    });
  };
}

const menuOrder: readonly MachineAction[] = ['start', 'start-paused', 'suspend', 'resume', 'shutdown', 'reboot', 'reset', 'destroy'];

/** What can be done with several machines: each with how many of them can be asked for it. */
export function BulkMenuItems({ machines }: { readonly machines: readonly MachineSummary[] }) {
  const act = useActOnMany();
  const standingOf = useStandings();
  return (
    <>
      {menuOrder.map((action) => {
        const those = able(machines, action, standingOf);
        return (
          <ReasonedItem
            key={action}
            harmful={harmful.has(action)}
            reason={those.length === 0 ? noneReason(machines, action, standingOf) : undefined}
            onClick={() => act(those, action)}
          >
            {actionLabels[action]} {those.length}
          </ReasonedItem>
        );
      })}
    </>
  );
}

const buttons: readonly (readonly [action: MachineAction, Icon: ComponentType<{ readonly size?: number }>])[] = [
  ['start', IconPlayerPlay],
  ['suspend', IconPlayerPause],
  ['resume', IconPlayerPlay],
  ['shutdown', IconPower],
];

/** What a machine has done since it was asked: only what was seen of it. */
function outcome(
  result: BulkResult,
  machine: MachineSummary | undefined,
  now: number,
): { readonly text: string; readonly kind: 'done' | 'on' | 'bad' } {
  if (result.error)
    return { text: `${result.error.message}${result.error.next === undefined ? '' : ` ${result.error.next}`}`, kind: 'bad' };
  if (!machine) return { text: 'It is gone', kind: 'bad' };
  const word = shownState(machine).word;
  if (result.doneAt !== undefined) return { text: `${word} after ${formatSpan(result.doneAt - result.askedAt)}`, kind: 'done' };
  const lasts = now - result.askedAt;
  if (machine.transition !== undefined) return { text: `${word} for ${formatSpan(lasts)}`, kind: 'on' };
  return { text: lasts < patience ? 'Asked' : `No reaction for ${formatSpan(lasts)}`, kind: lasts < patience ? 'on' : 'bad' };
}

const marks = { done: IconCircleCheck, on: IconLoader2, bad: IconAlertCircle } as const;

function ResultRow({ result, action }: { readonly result: BulkResult; readonly action: MachineAction }) {
  const machine = useMachine(result);
  const update = useBulk((state) => state.update);
  const act = useMachineActions();
  const now = useNow(1000, result.doneAt === undefined && !result.error);
  const done = machine !== undefined && !result.error && isDone(machine, action);
  useEffect(() => {
    if (done && result.doneAt === undefined) update(result, { doneAt: Date.now() });
  }, [done, result, update]);
  const { text, kind } = outcome(result, machine, now);
  const Mark = marks[kind];
  const late = kind !== 'done' && !result.error && now - result.askedAt >= patience;
  return (
    <li className="bulk-result">
      <span className={`bulk-mark tone-${kind === 'done' ? 'running' : kind === 'bad' ? 'danger' : 'off'}`} aria-hidden>
        <Mark size={15} />
      </span>
      <span className="clip medium" title={result.name}>
        {result.name}
      </span>
      <span className="grow bulk-text">{text}</span>
      {machine && late && (action === 'shutdown' || action === 'reboot') && (
        <Button onClick={() => act(machine, 'destroy')}>{actionLabels.destroy}</Button>
      )}
      {machine && result.error && <Button onClick={() => go({ page: 'machine', ...refOf(machine), tab: 'details' })}>Open</Button>}
    </li>
  );
}

/** What became of each machine of the last asking, until it is dismissed. */
function BulkResults() {
  const run = useBulk((state) => state.run);
  const dismiss = useBulk((state) => state.dismiss);
  if (!run) return null;
  const failed = run.results.filter(({ error }) => error).length;
  const done = run.results.filter(({ doneAt }) => doneAt !== undefined).length;
  const going = run.results.length - failed - done;
  const sums = [
    done > 0 && `${String(done)} done`,
    going > 0 && `${String(going)} going on`,
    failed > 0 && `${String(failed)} refused`,
  ].filter(Boolean);
  return (
    <section className="bulk-results" aria-label={`Results of ${actionLabels[run.action]}`}>
      <div className="row">
        <output className="grow">
          <strong className="strong">{actionLabels[run.action]}</strong>{' '}
          <span className="small dim num">
            {run.results.length} asked at {formatClock(run.at)} · {sums.join(', ')}
          </span>
        </output>
        <button type="button" className="link small" onClick={dismiss}>
          Dismiss
        </button>
      </div>
      <ul>
        {run.results.map((result) => (
          <ResultRow key={keyOf(result)} result={result} action={run.action} />
        ))}
      </ul>
    </section>
  );
}

/** What can be done with the selected machines, and what became of the last asking. It stands below the table, over nothing. */
export function BulkBar({ selected, onClear }: { readonly selected: readonly MachineSummary[]; readonly onClear: () => void }) {
  const act = useActOnMany();
  const standingOf = useStandings();
  const run = useBulk((state) => state.run);
  if (selected.length === 0 && !run) return null;
  const machines = selected.length === 0 ? none : selected;
  return (
    <div className="bulk">
      <BulkResults />
      {machines.length > 0 && (
        <div className="bulk-bar" role="toolbar" aria-label="Actions for the selected machines">
          <span className="medium num nowrap">{machines.length} selected</span>
          {buttons.map(([action, Icon]) => {
            const those = able(machines, action, standingOf);
            return (
              <ReasonedButton
                key={action}
                data-action={action}
                leftSection={<Icon size={15} />}
                reason={those.length === 0 ? noneReason(machines, action, standingOf) : undefined}
                onClick={() => act(those, action)}
              >
                {`${actionLabels[action]} ${String(those.length)}`}
              </ReasonedButton>
            );
          })}
          <Menu position="top-end">
            <Menu.Target>
              <Button aria-label="More for the selected machines">
                <IconChevronDown size={14} />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <BulkMenuItems machines={machines} />
            </Menu.Dropdown>
          </Menu>
          <ReasonedIcon label="Select nothing" onClick={onClear}>
            <IconX size={15} />
          </ReasonedIcon>
        </div>
      )}
    </div>
  );
}
