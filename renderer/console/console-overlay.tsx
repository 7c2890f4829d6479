import { IconPlayerPlay } from '@tabler/icons-react';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { ReasonedButton } from '../components/reasoned-button.tsx';
import { allowedActions } from '../machine/machine-actions.ts';
import { isActive } from '../machine/machine-state.ts';
import { useMachineActions } from '../machine/use-machine-actions.ts';
import { refusal, useStanding } from '../state/use-link-status.ts';
import type { ConsoleView } from '../consoles/console-session.ts';

interface ConsoleOverlayProps {
  readonly machine: MachineSummary;
  /** Of a serial port; a screen keeps nothing of the last run. */
  readonly view?: ConsoleView;
  /** The machine was told to go on: the button goes, and the focus should be where one types. */
  readonly onGo: () => void;
}

/** Over the terminal of a machine that is shut off or paused: what one sees, and the button that goes on. */
export function ConsoleOverlay({ machine, view, onGo }: ConsoleOverlayProps) {
  const perform = useMachineActions();
  const go = (action: 'start' | 'resume') => {
    perform(machine, action);
    onGo();
  };
  const standing = useStanding(machine.connection);
  const allowed = allowedActions(machine, standing);
  const unsupported = refusal({ ...standing, away: undefined }, 'console-history', machine);
  const keeps = unsupported === undefined;
  const recorded = (view?.state?.end ?? 0) > 0;
  if (!isActive(machine) && machine.transition?.kind !== 'starting') {
    return (
      <div className="console-overlay" data-empty={!recorded || undefined}>
        <p>
          {machine.name} {machine.state === 'crashed' ? 'has crashed' : 'is shut off'}.{' '}
          {view === undefined
            ? 'Its screen appears here when it runs.'
            : recorded
              ? 'Above is what its last run printed.'
              : keeps
                ? 'What it prints is recorded from power-on and appears here.'
                : 'What it prints appears here.'}
        </p>
        <ReasonedButton
          variant="filled"
          leftSection={<IconPlayerPlay size={15} />}
          reason={allowed.start.allowed ? undefined : allowed.start.reason}
          onClick={() => go('start')}
        >
          Start {machine.name}
        </ReasonedButton>
      </div>
    );
  }
  if (machine.state === 'paused' && machine.transition === undefined) {
    return (
      <div className="console-overlay">
        <p>
          {machine.name} is paused: it {view === undefined ? 'stands still' : 'prints nothing'}, and doesn’t hear what you type, until it is
          resumed.
        </p>
        <ReasonedButton
          leftSection={<IconPlayerPlay size={15} />}
          reason={allowed.resume.allowed ? undefined : allowed.resume.reason}
          onClick={() => go('resume')}
        >
          Resume
        </ReasonedButton>
      </div>
    );
  }
  return null;
}
