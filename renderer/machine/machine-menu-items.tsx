import { Menu } from '@mantine/core';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { Operation } from '../../shared/contract/operations.ts';
import type { MachineAction, MachineSummary } from '../../shared/contract/machines.ts';
import { ReasonedItem } from '../components/reasoned-item.tsx';
import { errorDataOf } from '../words/errors.ts';
import { useHostFacts } from '../computer/use-host-facts.ts';
import { go } from '../state/route.ts';
import { useDialogs } from '../state/dialog-store.ts';
import { refusal, useStanding } from '../state/use-link-status.ts';
import { useServices } from '../state/services.ts';
import { autostartWords } from './autostart-words.ts';
import { actionLabels, allowedActions, harmful } from './machine-actions.ts';
import { isActive } from './machine-state.ts';
import { useMachineActions } from './use-machine-actions.ts';

const order: readonly MachineAction[] = ['start', 'start-paused', 'suspend', 'resume', 'shutdown', 'reboot', 'reset', 'destroy'];

interface MachineMenuItemsProps {
  readonly machine: MachineSummary;
  /** The header shows the life cycle as buttons: its menu leaves it out. */
  readonly withActions?: boolean;
}

/** What can be done with a machine now: only actions that its state allows. */
export function MachineMenuItems({ machine, withActions = true }: MachineMenuItemsProps) {
  const act = useMachineActions();
  const facts = useHostFacts(machine.connection);
  const standing = useStanding(machine.connection);
  const refused = (operation: Operation) => refusal(standing, operation, machine);
  const { api, problems } = useServices();
  const open = useDialogs((state) => state.open);
  const allowed = allowedActions(machine, standing);
  const byState = allowedActions(machine);
  // What its state allows; what its connection can't do stays, and says so.
  const shown = order.filter((action) => byState[action].allowed);
  const setAutostart = async () => {
    try {
      await api['machines.autostart']({ machine: refOf(machine), autostart: !machine.autostart });
    } catch (thrown) {
      problems.getState().report(machine, { error: errorDataOf(thrown), at: Date.now() });
    }
  };
  return (
    <>
      {withActions && (
        <>
          {shown.map((action) => (
            <ReasonedItem
              key={action}
              harmful={harmful.has(action)}
              reason={allowed[action].allowed ? undefined : allowed[action].reason}
              onClick={() => act(machine, action)}
            >
              {actionLabels[action]}
            </ReasonedItem>
          ))}
          {shown.length > 0 && <Menu.Divider />}
          <Menu.Item onClick={() => go({ page: 'machine', ...refOf(machine), tab: 'console' })}>Open Console</Menu.Item>
          <Menu.Item onClick={() => go({ page: 'machine', ...refOf(machine), tab: 'details' })}>Open Details</Menu.Item>
          <Menu.Divider />
        </>
      )}
      <ReasonedItem
        reason={refused('rename') ?? (isActive(machine) ? 'A machine is renamed while it is shut off' : undefined)}
        onClick={() => open({ kind: 'rename', machine: refOf(machine) })}
      >
        Rename…{isActive(machine) ? ' (only while shut off)' : ''}
      </ReasonedItem>
      <Menu.CheckboxItem
        checked={machine.autostart}
        disabled={refused('autostart') !== undefined || !machine.persistent}
        title={refused('autostart')}
        closeMenuOnClick
        onChange={() => void setAutostart()}
      >
        {autostartWords[facts?.autostartWhen ?? 'unsaid'].item}
      </Menu.CheckboxItem>
      <ReasonedItem reason={refused('native')} onClick={() => open({ kind: 'command-line', machine: refOf(machine) })}>
        Show QEMU Command Line…
      </ReasonedItem>
      <ReasonedItem reason={refused('log')} onClick={() => open({ kind: 'log', machine: refOf(machine) })}>
        Show QEMU Log…
      </ReasonedItem>
      <Menu.Divider />
      <ReasonedItem harmful reason={refused('undefine')} onClick={() => open({ kind: 'delete', machine: refOf(machine) })}>
        Delete…
      </ReasonedItem>
    </>
  );
}
