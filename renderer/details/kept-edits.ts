import { useState } from 'react';
import { formDraftName, formText } from '../forms/form-draft.ts';
import { rawDraftName } from './raw-device.tsx';
import { draftNames, dropDraft } from '../state/drafts.ts';
import { deleteDraftName, renameDraftName } from '../state/machine-drafts.ts';
import { useXmlDrafts } from '../xml/draft-store.ts';

const formNames = (uuid: string): readonly string[] => [
  ...draftNames(formDraftName(uuid, '')),
  ...draftNames(rawDraftName(formDraftName(uuid, ''))),
  ...[renameDraftName(uuid), `move.${uuid}.`].flatMap((name) => draftNames(name)),
];

/** Forgets everything that was typed about a machine and not applied. */
export function dropEdits(uuid: string): void {
  useXmlDrafts.getState().drop(uuid);
  for (const name of formNames(uuid)) dropDraft(name);
  dropDraft(deleteDraftName(uuid));
}

/** Was something typed about this machine that isn't applied. */
export function hasEdits(uuid: string): boolean {
  return useXmlDrafts.getState().drafts[uuid] !== undefined || formNames(uuid).length > 0;
}

/** The definition as it was edited for a machine that is gone by now: of the XML page, else of a form; undefined when there is none. */
export function useKeptEdits(uuid: string): { readonly text: string | undefined; readonly forget: () => void } {
  const xml = useXmlDrafts((state) => state.drafts[uuid]?.text);
  const [form, setForm] = useState(() =>
    formNames(uuid)
      .map(formText)
      .find((text) => text !== undefined),
  );
  return {
    text: xml ?? form,
    forget: () => {
      dropEdits(uuid);
      setForm(undefined);
    },
  };
}
