import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconChevronDown, IconDots, IconPlayerPause, IconPlayerPlay, IconPower } from '@tabler/icons-react';
import type { MachineAction, MachineSummary } from '../../shared/contract/machines.ts';
import { ReasonedButton } from '../components/reasoned-button.tsx';
import { ReasonedItem } from '../components/reasoned-item.tsx';
import { useStanding } from '../state/use-link-status.ts';
import { actionLabels, allowedActions } from '../machine/machine-actions.ts';
import { MachineMenuItems } from '../machine/machine-menu-items.tsx';
import { isActive } from '../machine/machine-state.ts';
import { useMachineActions } from '../machine/use-machine-actions.ts';

const harder: readonly MachineAction[] = ['reboot', 'reset', 'destroy'];

/** The life cycle as buttons: what the state allows, and for the rest the reason why not. */
export function MachineToolbar({ machine }: { readonly machine: MachineSummary }) {
  const act = useMachineActions();
  const standing = useStanding(machine.connection);
  const allowed = allowedActions(machine, standing);
  const active = isActive(machine);
  const starting = machine.transition?.kind === 'starting';
  const resumable = allowed.resume.allowed;
  const reason = (action: MachineAction) => (allowed[action].allowed ? undefined : (allowed[action].reason ?? 'Not possible now'));
  return (
    <div className="row" role="toolbar" aria-label={`Actions for ${machine.name}`}>
      {active ? (
        <ReasonedButton
          w={96}
          reason={reason(resumable ? 'resume' : 'suspend')}
          onClick={() => act(machine, resumable ? 'resume' : 'suspend')}
          leftSection={resumable ? <IconPlayerPlay size={15} /> : <IconPlayerPause size={15} />}
        >
          {resumable ? 'Resume' : 'Pause'}
        </ReasonedButton>
      ) : (
        <div className="split-button">
          <ReasonedButton
            variant="filled"
            reason={reason('start')}
            loading={starting}
            onClick={() => act(machine, 'start')}
            leftSection={<IconPlayerPlay size={15} />}
          >
            Start
          </ReasonedButton>
          <Menu>
            <Menu.Target>
              <Button variant="filled" aria-label="More ways to start" className="split-arrow">
                <IconChevronDown size={14} />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <ReasonedItem reason={reason('start-paused')} onClick={() => act(machine, 'start-paused')}>
                {actionLabels['start-paused']}
              </ReasonedItem>
            </Menu.Dropdown>
          </Menu>
        </div>
      )}
      <div className="split-button">
        <ReasonedButton reason={reason('shutdown')} onClick={() => act(machine, 'shutdown')} leftSection={<IconPower size={15} />}>
          Shut Down
        </ReasonedButton>
        <Menu>
          <Menu.Target>
            <Button aria-label="More ways to stop">
              <IconChevronDown size={14} />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {harder.map((action) => (
              <ReasonedItem key={action} reason={reason(action)} harmful={action !== 'reboot'} onClick={() => act(machine, action)}>
                {actionLabels[action]}
              </ReasonedItem>
            ))}
          </Menu.Dropdown>
        </Menu>
      </div>
      <Menu>
        <Menu.Target>
          <ActionIcon aria-label={`More for ${machine.name}`}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <MachineMenuItems machine={machine} withActions={false} />
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
