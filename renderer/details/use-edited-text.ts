import { useState } from 'react';
import type { z } from 'zod';
import type { machineXml } from '../../shared/contract/machines.ts';
import type { NewDevice } from './new-device.ts';

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

/** Keeps an edit apart from the stored text: news from elsewhere don't change it under the user's hands. */
export function useEditedText(xml: z.infer<typeof machineXml>, adding: NewDevice | undefined): EditedText {
  const stored = xml.inactive;
  const [base, setBase] = useState({ text: stored ?? xml.live ?? '', hash: xml.hash });
  const [text, setText] = useState(adding?.text ?? base.text);
  const [generation, setGeneration] = useState(0);
  const edited = text !== base.text;
  const foreign = base.hash !== xml.hash;
  // Without edits the form follows the stored definition.
  if (!adding && !edited && foreign && stored !== null) {
    setBase({ text: stored, hash: xml.hash });
    setText(stored);
    setGeneration(generation + 1);
  }
  return {
    base,
    text,
    setText,
    edited,
    foreign,
    generation,
    reset: () => {
      setText(base.text);
      setGeneration((n) => n + 1);
    },
    settle: (hash) => setBase((before) => ({ text, hash: hash ?? before.hash })),
  };
}
