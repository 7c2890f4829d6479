import { Menu } from '@mantine/core';
import type { MachineAction, MachineSummary } from '../../shared/contract/machines.ts';
import { ReasonedItem } from '../components/reasoned-item.tsx';
import { errorDataOf } from '../words/errors.ts';
import { useHostFacts } from '../computer/use-host-facts.ts';
import { go } from '../state/route.ts';
import { useDialogs } from '../state/dialog-store.ts';
import { connectionLost, useLost } from '../state/use-link-status.ts';
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
  const facts = useHostFacts();
  const lost = useLost();
  const gone = lost ? connectionLost : undefined;
  const { api, problems } = useServices();
  const open = useDialogs((state) => state.open);
  const allowed = allowedActions(machine, lost);
  const shown = order.filter((action) => allowed[action].allowed);
  const setAutostart = async () => {
    try {
      await api['machines.autostart']({ machine: machine.uuid, autostart: !machine.autostart });
    } catch (thrown) {
      problems.getState().report(machine.uuid, { error: errorDataOf(thrown), at: Date.now() });
    }
  };
  return (
    <>
      {withActions && (
        <>
          {shown.map((action) => (
            <Menu.Item key={action} {...(harmful.has(action) ? { c: 'var(--tp-danger)' } : {})} onClick={() => act(machine, action)}>
              {actionLabels[action]}
            </Menu.Item>
          ))}
          {shown.length > 0 && <Menu.Divider />}
          <Menu.Item onClick={() => go({ page: 'machine', uuid: machine.uuid, tab: 'console' })}>Open Console</Menu.Item>
          <Menu.Item onClick={() => go({ page: 'machine', uuid: machine.uuid, tab: 'details' })}>Open Details</Menu.Item>
          <Menu.Divider />
        </>
      )}
      <ReasonedItem
        reason={gone ?? (isActive(machine) ? 'A machine is renamed while it is shut off' : undefined)}
        onClick={() => open({ kind: 'rename', uuid: machine.uuid })}
      >
        Rename…{isActive(machine) ? ' (only while shut off)' : ''}
      </ReasonedItem>
      <Menu.CheckboxItem
        checked={machine.autostart}
        disabled={lost || !machine.persistent}
        closeMenuOnClick
        onChange={() => void setAutostart()}
      >
        {autostartWords[facts?.autostartWhen ?? 'window'].item}
      </Menu.CheckboxItem>
      <ReasonedItem reason={gone} onClick={() => open({ kind: 'command-line', uuid: machine.uuid })}>
        Show QEMU Command Line…
      </ReasonedItem>
      <ReasonedItem reason={gone} onClick={() => open({ kind: 'log', uuid: machine.uuid })}>
        Show QEMU Log…
      </ReasonedItem>
      <Menu.Divider />
      <ReasonedItem harmful reason={gone} onClick={() => open({ kind: 'delete', uuid: machine.uuid })}>
        Delete…
      </ReasonedItem>
    </>
  );
}
