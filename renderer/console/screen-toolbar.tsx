import { Button, Switch } from '@mantine/core';
import { IconCamera, IconChevronDown, IconClipboardText, IconEye, IconKeyboard, IconMaximize, IconUsers } from '@tabler/icons-react';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { ScreensState, ScreenState } from '../../shared/contract/screens.ts';
import { ReasonedButton, ReasonedIcon } from '../components/reasoned-button.tsx';
import type { ScreenView } from '../screens/screen-session.ts';
import { count } from '../words/format.ts';
import { PlacePicker } from './place-picker.tsx';
import { ScaleMenu } from './scale-menu.tsx';
import type { ScreenChoices } from './screen-choices.ts';
import type { ScreenDeeds } from './use-screen-deeds.tsx';
import { SendKeyMenu } from './send-key-menu.tsx';

interface ScreenToolbarProps {
  readonly machine: MachineSummary;
  readonly seen: ScreensState;
  readonly screen: ScreenState;
  readonly view: ScreenView;
  readonly deeds: ScreenDeeds;
  readonly choices: ScreenChoices & { readonly choose: (more: Partial<ScreenChoices>) => void };
  readonly readOnly: boolean;
  readonly onReadOnly: (readOnly: boolean) => void;
  readonly onPick: (place: string) => void;
  readonly onFullScreen: () => void;
}

const noChannel: Readonly<Record<ScreensState['clipboard'], string | undefined>> = {
  on: undefined,
  none: 'The machine has no channel for it (a channel of the type qemu-vdagent)',
  off: 'The machine’s channel for it says copypaste=“no”',
};

/** Which screen, how large, what one sends; who looks, a picture of it, full screen. */
export function ScreenToolbar(props: ScreenToolbarProps) {
  const { machine, seen, screen, view, deeds, choices, readOnly, onReadOnly, onPick, onFullScreen } = props;
  const off = view.state === 'shown' ? undefined : 'there is no picture';
  const cannotShare = noChannel[seen.clipboard];
  return (
    <div className="console-bar" role="toolbar" aria-label="Screen">
      <PlacePicker machine={machine} screens={seen.screens} shown={screen.id} onPick={onPick} />
      <span className="divider" />
      <ScaleMenu scale={choices.scale} percent={view.percent} model={screen.model} onScale={(scale) => choices.choose({ scale })} />
      <SendKeyMenu reason={deeds.noKeys} onSend={deeds.send} onTypeText={deeds.typeText}>
        <Button
          variant="subtle"
          color="gray"
          className="console-port"
          aria-label="Send Key"
          leftSection={<IconKeyboard size={15} />}
          rightSection={<IconChevronDown size={13} />}
        >
          <span className="bar-word">Send Key</span>
        </Button>
      </SendKeyMenu>
      <ReasonedButton
        variant="subtle"
        color="gray"
        className="console-port"
        aria-label="Type Clipboard"
        leftSection={<IconClipboardText size={15} />}
        reason={deeds.noKeys}
        onClick={deeds.typeClipboard}
      >
        <span className="bar-word">Type Clipboard</span>
      </ReasonedButton>
      <span className="divider" />
      <Switch
        size="xs"
        className="screen-share"
        aria-label="Share clipboard"
        label={<span className="bar-word">Share clipboard</span>}
        title={cannotShare ?? 'What is copied here is the guest’s to paste, and the other way round'}
        checked={choices.clipboard && cannotShare === undefined}
        disabled={cannotShare !== undefined}
        onChange={(event) => choices.choose({ clipboard: event.currentTarget.checked })}
      />
      <span className="grow" />
      {screen.viewers > 0 && (
        <span className="row small dim num console-viewers">
          <IconUsers size={14} aria-hidden /> {count(screen.viewers, 'viewer')}
        </span>
      )}
      <ReasonedIcon label="View only: nothing is sent to the guest" pressed={readOnly} onClick={() => onReadOnly(!readOnly)}>
        <IconEye size={15} />
      </ReasonedIcon>
      <ReasonedIcon label="Save a picture of the screen" reason={deeds.noPicture} onClick={deeds.save}>
        <IconCamera size={15} />
      </ReasonedIcon>
      <ReasonedIcon label="Full screen (F11)" reason={off} onClick={onFullScreen}>
        <IconMaximize size={15} />
      </ReasonedIcon>
    </div>
  );
}
