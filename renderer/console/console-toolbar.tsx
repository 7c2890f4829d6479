import { notifications } from '@mantine/notifications';
import { IconArrowsHorizontal, IconClearAll, IconDeviceFloppy, IconMinus, IconPlus, IconSearch, IconUsers } from '@tabler/icons-react';
import { useState } from 'react';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { ScreenState } from '../../shared/contract/screens.ts';
import { ReasonedIcon } from '../components/reasoned-button.tsx';
import { errorDataOf } from '../words/errors.ts';
import { count } from '../words/format.ts';
import { useDialogs } from '../state/dialog-store.ts';
import type { Operation } from '../../shared/contract/operations.ts';
import { ReasonedItem } from '../components/reasoned-item.tsx';
import { refusal, useStanding } from '../state/use-link-status.ts';
import { useServices } from '../state/services.ts';
import { fontSize } from '../state/ui-store.ts';
import type { ConsoleSession, ConsoleView } from '../consoles/console-session.ts';
import { PlacePicker } from './place-picker.tsx';
import { saveRecording } from './save-recording.ts';

interface ConsoleToolbarProps {
  readonly machine: MachineSummary;
  readonly screens: readonly ScreenState[];
  readonly alias: string;
  readonly session: ConsoleSession;
  readonly view: ConsoleView;
  readonly font: number;
  readonly onFont: (size: number) => void;
  readonly onPick: (alias: string) => void;
  readonly searching: boolean;
  readonly onSearch: () => void;
}

/** Port, search, save, clear, size for the guest, size of the letters, viewers. */
export function ConsoleToolbar({ machine, screens, alias, session, view, font, onFont, onPick, searching, onSearch }: ConsoleToolbarProps) {
  const { api, problems } = useServices();
  const openDialog = useDialogs((state) => state.open);
  const [saving, setSaving] = useState(false);
  const port = machine.consoles.find((one) => one.alias === alias);
  const typing = view.open && view.state?.state === 'connected' ? undefined : 'the port is not connected';
  const standing = useStanding(machine.connection);
  const refused = (operation: Operation) => refusal(standing, operation, machine);
  const report = (thrown: unknown) => problems.getState().report(machine, { error: errorDataOf(thrown), at: Date.now() });
  const save = async () => {
    setSaving(true);
    try {
      await saveRecording(api, machine, alias);
    } catch (thrown) {
      report(thrown);
    } finally {
      setSaving(false);
    }
  };
  /** A break on the line, which no key of a terminal makes; QEMU's chardev of a serial port is `char` and its alias. */
  const sendBreak = async () => {
    try {
      await api['machines.monitor']({
        machine: refOf(machine),
        command: JSON.stringify({ execute: 'chardev-send-break', arguments: { id: `char${alias}` } }),
      });
      session.terminal.focus();
    } catch (thrown) {
      report(thrown);
    }
  };
  const clearRecording = () =>
    openDialog({
      kind: 'confirm',
      connection: machine.connection,
      title: 'Delete the recording?',
      text: `What ${port?.label ?? alias} of ${machine.name} has printed so far is deleted from disk, for every viewer. Recording goes on.`,
      confirm: 'Delete the Recording',
      run: async () => {
        try {
          await api['consoles.clear']({ machine: refOf(machine), alias });
          session.terminal.clear();
          notifications.show({ message: 'The recording is deleted.' });
        } catch (thrown) {
          report(thrown);
        }
      },
    });
  return (
    <div className="console-bar" role="toolbar" aria-label="Console">
      <PlacePicker machine={machine} screens={screens} shown={alias} onPick={onPick}>
        {alias.startsWith('serial') && (
          <ReasonedItem reason={refused('monitor') ?? typing} onClick={() => void sendBreak()}>
            Send Break (with a key after it: SysRq)
          </ReasonedItem>
        )}
        <ReasonedItem reason={refused('console-history')} onClick={clearRecording}>
          Delete Recording…
        </ReasonedItem>
      </PlacePicker>
      <span className="divider" />
      <ReasonedIcon label="Search (Ctrl+Shift+F)" pressed={searching} onClick={onSearch}>
        <IconSearch size={15} />
      </ReasonedIcon>
      <ReasonedIcon
        label="Save recording to file"
        reason={
          refused('console-history') ??
          (saving ? 'it is being saved' : (view.state?.end ?? 0) === 0 ? 'nothing is recorded yet' : undefined)
        }
        onClick={() => void save()}
      >
        <IconDeviceFloppy size={15} />
      </ReasonedIcon>
      <ReasonedIcon label="Clear this view" onClick={() => session.terminal.clear()}>
        <IconClearAll size={15} />
      </ReasonedIcon>
      <ReasonedIcon
        label={`Send terminal size to guest (stty ${String(view.cols)}×${String(view.rows)})`}
        reason={typing}
        onClick={() => {
          session.tellSize();
          session.terminal.focus();
        }}
      >
        <IconArrowsHorizontal size={15} />
      </ReasonedIcon>
      <span className="divider" />
      <ReasonedIcon
        label="Smaller letters (Ctrl+Minus)"
        reason={font <= fontSize.least ? 'this is the smallest' : undefined}
        onClick={() => onFont(font - 1)}
      >
        <IconMinus size={14} />
      </ReasonedIcon>
      <span className="num small dim console-font">{font}</span>
      <ReasonedIcon
        label="Bigger letters (Ctrl+Plus)"
        reason={font >= fontSize.most ? 'this is the biggest' : undefined}
        onClick={() => onFont(font + 1)}
      >
        <IconPlus size={14} />
      </ReasonedIcon>
      <span className="grow" />
      {view.state && view.state.viewers > 0 && (
        <span className="row small dim num console-viewers">
          <IconUsers size={14} aria-hidden /> {count(view.state.viewers, 'viewer')}
        </span>
      )}
    </div>
  );
}
