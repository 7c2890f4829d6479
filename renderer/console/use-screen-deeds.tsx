import { useState, type ReactNode } from 'react';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { ScreenSession } from '../screens/screen-session.ts';
import { useServices } from '../state/services.ts';
import { refusal, useStanding } from '../state/use-link-status.ts';
import { errorDataOf } from '../words/errors.ts';
import { savePicture } from './save-picture.ts';
import type { ScreenChoices } from './screen-choices.ts';
import { TypeTextDialog } from './type-text-dialog.tsx';

/** What one can send to a guest, and take from its screen; in the toolbar as in full screen. What fails is told at the machine. */
export interface ScreenDeeds {
  /** Why no keys can be sent now. */
  readonly noKeys: string | undefined;
  /** Why no picture can be taken now. */
  readonly noPicture: string | undefined;
  readonly send: (keys: readonly string[]) => void;
  readonly typeText: () => void;
  readonly typeClipboard: () => void;
  readonly save: () => void;
  /** What is asked before it is typed; to be shown. */
  readonly dialog: ReactNode;
}

interface Choices {
  readonly layout: ScreenChoices['layout'];
  readonly choose: (more: Partial<ScreenChoices>) => void;
}

/** The deeds of one screen. */
export function useScreenDeeds(machine: MachineSummary, screen: string, session: ScreenSession, { layout, choose }: Choices): ScreenDeeds {
  const { api, problems } = useServices();
  const [typing, setTyping] = useState<string>();
  const [saving, setSaving] = useState(false);
  const standing = useStanding(machine.connection);
  const stands = machine.id === null ? 'the machine doesn’t run' : undefined;
  const told = (deed: () => Promise<void>) => () =>
    void deed().catch((thrown: unknown) => problems.getState().report(machine, { error: errorDataOf(thrown), at: Date.now() }));
  return {
    noKeys: refusal(standing, 'send-key', machine) ?? stands,
    noPicture: refusal(standing, 'screenshot', machine) ?? (saving ? 'it is being saved' : stands),
    send: (keys) =>
      told(async () => {
        await api['screens.sendKey']({ machine: refOf(machine), keys: [...keys] });
        session.focus();
      })(),
    typeText: () => setTyping(''),
    typeClipboard: told(async () => setTyping(await navigator.clipboard.readText())),
    save: told(async () => {
      setSaving(true);
      try {
        await savePicture(api, machine, screen);
      } finally {
        setSaving(false);
      }
    }),
    dialog: typing !== undefined && (
      <TypeTextDialog
        machine={machine}
        first={typing}
        layout={layout}
        onLayout={(next) => choose({ layout: next })}
        onClose={() => setTyping(undefined)}
      />
    ),
  };
}
