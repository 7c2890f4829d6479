import { useState } from 'react';
import { z } from 'zod';
import { draftNames, dropDraft, keepDraft, readDraft } from './drafts.ts';

const prefix = 'open.';

/** Was something typed under this name that isn't applied? */
export function hasDraft(name: string): boolean {
  return draftNames(name).includes(name);
}

/** Says over a reload that a dialog is open, and about what; undefined: it is closed. */
export function keepOpen(name: string, value: unknown): void {
  if (value === undefined) dropDraft(prefix + name);
  else keepDraft(prefix + name, value);
}

/**
 * What a dialog was about that a reload closed; undefined when none is to be opened again.
 * @param wasTyped was something typed into it: one that wasn't stays closed
 */
export function wasOpen<T>(name: string, schema: z.ZodType<T>, wasTyped: (value: T) => boolean): T | undefined {
  const value = readDraft(prefix + name, schema);
  if (value === undefined || wasTyped(value)) return value;
  // It stays closed: what is typed elsewhere later must not open it.
  dropDraft(prefix + name);
  return undefined;
}

/**
 * Is a dialog open, and about what. One that was typed into is open again after a reload of the page, with its draft (see use-draft.ts).
 * @param name of its own for each place that opens a dialog
 * @param wasTyped is there a draft of it
 */
export function useKeptOpen<T>(
  name: string,
  schema: z.ZodType<T>,
  wasTyped: (value: T) => boolean,
): readonly [T | undefined, (value: T | undefined) => void] {
  const [value, setValue] = useState(() => wasOpen(name, schema, wasTyped));
  const set = (next: T | undefined) => {
    keepOpen(name, next);
    setValue(() => next);
  };
  return [value, set];
}

/** For dialogs that are about nothing more than their place. */
export const justOpen = z.literal(true);
