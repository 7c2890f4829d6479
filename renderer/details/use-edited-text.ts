import { useEffect, useState } from 'react';
import type { z } from 'zod';
import type { machineXml } from '../../shared/contract/machines.ts';
import { formDraft } from '../forms/form-draft.ts';
import { dropDraft, keepDraft, readDraft } from '../state/drafts.ts';
import { elementText, replaceElement } from '../xml/edits.ts';
import type { NewDevice } from '../devices/new-device.ts';

/** The text that a device's form edits, and the stored one that the edit began from. */
export interface EditedText {
  readonly base: { readonly text: string; readonly hash: string };
  readonly text: string;
  readonly setText: (next: string | ((before: string) => string)) => void;
  /** The text differs from the one that the edit began from. */
  readonly edited: boolean;
  /** The stored definition isn't the one any more that the edit began from. */
  readonly foreign: boolean;
  /** Grows whenever the text is replaced from outside the form: its fields begin anew then. */
  readonly generation: number;
  /** Gives the edits up. */
  readonly reset: () => void;
  /** The text is stored now; `hash` when it is known. */
  readonly settle: (hash?: string) => void;
}

/** The text with a new device as it was typed before the page was loaded anew. */
function withDraft(adding: NewDevice, draft: z.infer<typeof formDraft> | undefined): string {
  return draft && 'element' in draft ? replaceElement(adding.text, adding.path, draft.element) : adding.text;
}

/**
 * Keeps an edit apart from the stored text: news from elsewhere don't change it under the user's hands. It is kept as a draft until it
 * is applied or given up, so that it is here again after a reload.
 * @param draftName see {@link formDraftName}
 */
export function useEditedText(xml: z.infer<typeof machineXml>, adding: NewDevice | undefined, draftName: string): EditedText {
  const stored = xml.inactive;
  const [draft] = useState(() => readDraft(draftName, formDraft));
  const kept = draft && 'base' in draft ? draft : undefined;
  const [base, setBase] = useState(kept?.base ?? { text: stored ?? xml.live ?? '', hash: xml.hash });
  const [text, setText] = useState(() => (adding ? withDraft(adding, draft) : (kept?.text ?? base.text)));
  const [generation, setGeneration] = useState(0);
  const edited = text !== base.text;
  const foreign = base.hash !== xml.hash;
  // Without edits the form follows the stored definition.
  if (!adding && !edited && foreign && stored !== null) {
    setBase({ text: stored, hash: xml.hash });
    setText(stored);
    setGeneration(generation + 1);
  }
  const typed = edited && text !== adding?.text;
  const own = adding && typed ? elementText(text, adding.path) : undefined;
  useEffect(() => {
    if (!typed) dropDraft(draftName);
    else keepDraft(draftName, own === undefined ? { base, text } : { element: own });
  }, [draftName, typed, own, base, text]);
  return {
    base,
    text,
    setText,
    edited,
    foreign,
    generation,
    reset: () => {
      dropDraft(draftName);
      setText(base.text);
      setGeneration((n) => n + 1);
    },
    settle: (hash) => {
      dropDraft(draftName);
      setBase((before) => ({ text, hash: hash ?? before.hash }));
    },
  };
}
