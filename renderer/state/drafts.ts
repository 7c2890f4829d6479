import type { z } from 'zod';

/** Drafts are kept for each tab of the browser, so that two windows don't write over each other, and end with it. */
const prefix = 'tapestry.draft.';

/** Form of what is kept; another one is of another version of Tapestry, and left alone. */
const version = 1;

// What is typed must not be lost where the browser keeps nothing (storage full or switched off): then it lives as long as the page.
const memory = new Map<string, string>();

function storage(): Storage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined; // cookies and storage are switched off: reading it throws
  }
}

/** What was typed under this name and not applied yet; undefined when there is nothing, or nothing that the schema knows. */
export function readDraft<T>(name: string, schema: z.ZodType<T>): T | undefined {
  const text = memory.get(name) ?? storage()?.getItem(prefix + name);
  if (text === null || text === undefined) return undefined;
  let kept: unknown;
  try {
    kept = JSON.parse(text);
  } catch {
    return undefined; // not written by us
  }
  if (typeof kept !== 'object' || kept === null || !('version' in kept) || kept.version !== version || !('value' in kept)) return undefined;
  const { success, data } = schema.safeParse(kept.value);
  return success ? data : undefined;
}

/** Keeps what was typed until {@link dropDraft}: over Back, a reload of the page and a restart of the host. */
export function keepDraft(name: string, value: unknown): void {
  const text = JSON.stringify({ version, value });
  memory.set(name, text);
  try {
    storage()?.setItem(prefix + name, text);
  } catch (thrown) {
    // Full: the page's own memory has it. An older text must not come back in its place after a reload.
    storage()?.removeItem(prefix + name);
    if (!(thrown instanceof DOMException)) throw thrown;
  }
}

/** Forgets a draft: it was applied, or given up. */
export function dropDraft(name: string): void {
  memory.delete(name);
  storage()?.removeItem(prefix + name);
}

/** Names of all drafts that begin with this. */
export function draftNames(beginning: string): readonly string[] {
  const kept = storage();
  const stored = kept ? Array.from({ length: kept.length }, (_, at) => kept.key(at) ?? '') : [];
  const names = [...memory.keys(), ...stored.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))];
  return [...new Set(names)].filter((name) => name.startsWith(beginning));
}

/** All drafts whose names begin with this, by the rest of the name; without those that the schema doesn't know. */
export function readDrafts<T>(beginning: string, schema: z.ZodType<T>): Record<string, T> {
  const found: Record<string, T> = {};
  for (const name of draftNames(beginning)) {
    const value = readDraft(name, schema);
    if (value !== undefined) found[name.slice(beginning.length)] = value;
  }
  return found;
}

/** Forgets all drafts (tests). */
export function dropAllDrafts(): void {
  for (const name of draftNames('')) dropDraft(name);
}
