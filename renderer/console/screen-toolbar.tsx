import { Button, Menu } from '@mantine/core';
import { IconCamera, IconChevronDown, IconEye, IconKeyboard, IconMaximize, IconUsers } from '@tabler/icons-react';
import { useState } from 'react';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { ScreensState } from '../../shared/contract/screens.ts';
import { ReasonedIcon } from '../components/reasoned-button.tsx';
import { ReasonedItem } from '../components/reasoned-item.tsx';
import { useServices } from '../state/services.ts';
import { refusal, useStanding } from '../state/use-link-status.ts';
import { errorDataOf } from '../words/errors.ts';
import { count } from '../words/format.ts';
import type { ScreenSession, ScreenView } from '../screens/screen-session.ts';
import { keyCombinations } from './key-combinations.ts';
import { PlacePicker } from './place-picker.tsx';
import { savePicture } from './save-picture.ts';
import type { ScreenChoices } from './screen-choices.ts';
import { TypeTextDialog } from './type-text-dialog.tsx';

interface ScreenToolbarProps {
  readonly machine: MachineSummary;
  readonly seen: ScreensState;
  readonly screen: string;
  readonly session: ScreenSession;
  readonly view: ScreenView;
  readonly choices: ScreenChoices & { readonly choose: (more: Partial<ScreenChoices>) => void };
  readonly readOnly: boolean;
  readonly onReadOnly: (readOnly: boolean) => void;
  readonly onPick: (place: string) => void;
  readonly onFullScreen: () => void;
}

const scales: Readonly<Record<ScreenChoices['scale'], string>> = {
  fit: 'Fit',
  'one-to-one': '1:1',
  'resize-guest': 'Resize the Guest with the Window',
};

/** Which screen, how large, what one sends; who looks, a picture of it, full screen. */
export function ScreenToolbar(props: ScreenToolbarProps) {
  const { machine, seen, screen, session, view, choices, readOnly, onReadOnly, onPick, onFullScreen } = props;
  const { api, problems } = useServices();
  const [typing, setTyping] = useState<string>();
  const [saving, setSaving] = useState(false);
  const standing = useStanding(machine.connection);
  const off = view.state === 'shown' ? undefined : 'there is no picture';
  const keys = refusal(standing, 'send-key', machine) ?? (machine.id === null ? 'the machine doesn’t run' : undefined);
  const report = (thrown: unknown) => problems.getState().report(machine, { error: errorDataOf(thrown), at: Date.now() });
  const send = async (combination: readonly string[]) => {
    try {
      await api['screens.sendKey']({ machine: refOf(machine), keys: [...combination] });
      session.focus();
    } catch (thrown) {
      report(thrown);
    }
  };
  const typeClipboard = async () => {
    try {
      setTyping(await navigator.clipboard.readText());
    } catch (thrown) {
      report(thrown);
    }
  };
  const save = async () => {
    setSaving(true);
    try {
      await savePicture(api, machine, screen);
    } catch (thrown) {
      report(thrown);
    } finally {
      setSaving(false);
    }
  };
  const viewers = seen.screens.find(({ id }) => id === screen)?.viewers ?? 0;
  return (
    <div className="console-bar" role="toolbar" aria-label="Screen">
      <PlacePicker machine={machine} screens={seen.screens} shown={screen} onPick={onPick} />
      <span className="divider" />
      <Menu position="bottom-start">
        <Menu.Target>
          <Button variant="subtle" color="gray" className="console-port" rightSection={<IconChevronDown size={13} />}>
            {choices.scale === 'one-to-one' ? '1:1' : 'Fit'}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.RadioGroup value={choices.scale} onChange={(scale) => choices.choose({ scale: scale as ScreenChoices['scale'] })}>
            {(Object.keys(scales) as ScreenChoices['scale'][]).map((scale) => (
              <Menu.RadioItem key={scale} value={scale} closeMenuOnClick>
                {scales[scale]}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
        </Menu.Dropdown>
      </Menu>
      <Menu position="bottom-start">
        <Menu.Target>
          <Button
            variant="subtle"
            color="gray"
            className="console-port"
            leftSection={<IconKeyboard size={15} />}
            rightSection={<IconChevronDown size={13} />}
          >
            Send Key
          </Button>
        </Menu.Target>
        <Menu.Dropdown className="screen-keys">
          <ReasonedItem reason={keys} onClick={() => setTyping('')}>
            Type Text…
          </ReasonedItem>
          <ReasonedItem reason={keys} onClick={() => void typeClipboard()}>
            Type Clipboard…
          </ReasonedItem>
          <Menu.CheckboxItem
            checked={choices.clipboard}
            onChange={(clipboard) => choices.choose({ clipboard })}
            disabled={seen.clipboard !== 'on'}
          >
            Share Clipboard{seen.clipboard === 'on' ? '' : ' (the machine has no channel for it)'}
          </Menu.CheckboxItem>
          <Menu.Divider />
          <KeyItems reason={keys} onSend={(combination) => void send(combination)} />
        </Menu.Dropdown>
      </Menu>
      <span className="grow" />
      {viewers > 0 && (
        <span className="row small dim num console-viewers">
          <IconUsers size={14} aria-hidden /> {count(viewers, 'viewer')}
        </span>
      )}
      <ReasonedIcon label="View only: nothing is sent to the guest" pressed={readOnly} onClick={() => onReadOnly(!readOnly)}>
        <IconEye size={15} />
      </ReasonedIcon>
      <ReasonedIcon
        label="Save a picture of the screen"
        reason={
          refusal(standing, 'screenshot', machine) ??
          (saving ? 'it is being saved' : machine.id === null ? 'the machine doesn’t run' : undefined)
        }
        onClick={() => void save()}
      >
        <IconCamera size={15} />
      </ReasonedIcon>
      <ReasonedIcon label="Full screen (F11)" reason={off} onClick={onFullScreen}>
        <IconMaximize size={15} />
      </ReasonedIcon>
      {typing !== undefined && (
        <TypeTextDialog
          machine={machine}
          first={typing}
          layout={choices.layout}
          onLayout={(layout) => choices.choose({ layout })}
          onClose={() => setTyping(undefined)}
        />
      )}
    </div>
  );
}

function KeyItems({ reason, onSend }: { readonly reason: string | undefined; readonly onSend: (keys: readonly string[]) => void }) {
  return keyCombinations.map(({ label, keys }) => (
    <ReasonedItem key={label} reason={reason} onClick={() => onSend(keys)}>
      {label}
    </ReasonedItem>
  ));
}
