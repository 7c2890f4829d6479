import { keyOf } from '../../shared/contract/machine-key.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import { useState } from 'react';
import { formDraftName, formText } from '../forms/form-draft.ts';
import { rawDraftName } from './raw-device.tsx';
import { draftNames, dropDraft } from '../state/drafts.ts';
import { deleteDraftName, moveDraftName, renameDraftName } from '../state/machine-drafts.ts';
import { useXmlDrafts } from '../xml/draft-store.ts';

const formNames = (machine: MachineRef): readonly string[] => [
  ...draftNames(formDraftName(machine, '')),
  ...draftNames(rawDraftName(formDraftName(machine, ''))),
  ...[renameDraftName(machine), moveDraftName(machine)].flatMap((name) => draftNames(name)),
];

/** Forgets everything that was typed about a machine and not applied. */
export function dropEdits(machine: MachineRef): void {
  useXmlDrafts.getState().drop(machine);
  for (const name of formNames(machine)) dropDraft(name);
  dropDraft(deleteDraftName(machine));
}

/** Was something typed about this machine that isn't applied. */
export function hasEdits(machine: MachineRef): boolean {
  return useXmlDrafts.getState().drafts[keyOf(machine)] !== undefined || formNames(machine).length > 0;
}

/** The definition as it was edited for a machine that is gone by now: of the XML page, else of a form; undefined when there is none. */
export function useKeptEdits(machine: MachineRef): { readonly text: string | undefined; readonly forget: () => void } {
  const xml = useXmlDrafts((state) => state.drafts[keyOf(machine)]?.text);
  const [form, setForm] = useState(() =>
    formNames(machine)
      .map(formText)
      .find((text) => text !== undefined),
  );
  return {
    text: xml ?? form,
    forget: () => {
      dropEdits(machine);
      setForm(undefined);
    },
  };
}
