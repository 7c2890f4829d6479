import { Menu } from '@mantine/core';
import type { MachineAction, MachineSummary } from '../../shared/contract/machines.ts';
import { errorDataOf } from '../errors.ts';
import { go } from '../route.ts';
import { useDialogs } from '../shell/dialog-store.ts';
import { useLost } from '../shell/use-link-status.ts';
import { useServices } from '../state/services.ts';
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
  const lost = useLost();
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
      <Menu.Item onClick={() => open({ kind: 'rename', uuid: machine.uuid })} disabled={lost || isActive(machine)}>
        Rename…{isActive(machine) ? ' (only while shut off)' : ''}
      </Menu.Item>
      <Menu.CheckboxItem
        checked={machine.autostart}
        disabled={lost || !machine.persistent}
        closeMenuOnClick
        onChange={() => void setAutostart()}
      >
        Start with This Computer
      </Menu.CheckboxItem>
      <Menu.Item onClick={() => open({ kind: 'command-line', uuid: machine.uuid })} disabled={lost}>
        Show QEMU Command Line…
      </Menu.Item>
      <Menu.Item onClick={() => open({ kind: 'log', uuid: machine.uuid })} disabled={lost}>
        Show QEMU Log…
      </Menu.Item>
      <Menu.Divider />
      <Menu.Item c="var(--tp-danger)" onClick={() => open({ kind: 'delete', uuid: machine.uuid })} disabled={lost}>
        Delete…
      </Menu.Item>
    </>
  );
}
