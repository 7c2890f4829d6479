import { useEffect, useState } from 'react';
import type { z } from 'zod';
import { dropDraft, keepDraft, readDraft } from './drafts.ts';

/** Values that are typed in, kept as a draft while they differ from what they began with. */
export interface Draft<T> {
  readonly value: T;
  readonly set: (next: Partial<T> | ((before: T) => Partial<T>)) => void;
  /** Something was typed that isn't applied. */
  readonly dirty: boolean;
  /** Forgets the draft: it was applied, or given up. What is shown stays. */
  readonly drop: () => void;
}

/**
 * What is typed into a dialog. It is kept under the name until it is dropped, and found again when the dialog is opened after a reload.
 * @param name of the draft, unique for the dialog and what it is about
 * @param initial what stands there before anything is typed
 */
export function useDraft<T extends Readonly<Record<string, unknown>>>(name: string, schema: z.ZodType<T>, initial: T): Draft<T> {
  const [value, setValue] = useState<T>(() => readDraft(name, schema) ?? initial);
  const [first] = useState(initial);
  const dirty = JSON.stringify(value) !== JSON.stringify(first);
  useEffect(() => {
    if (dirty) keepDraft(name, value);
    else dropDraft(name);
  }, [name, value, dirty]);
  return {
    value,
    set: (next) => setValue((before) => ({ ...before, ...(typeof next === 'function' ? next(before) : next) })),
    dirty,
    drop: () => dropDraft(name),
  };
}
