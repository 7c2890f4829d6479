import { z } from 'zod';
import { create } from 'zustand';
import { keyOf } from '../../shared/contract/machine-key.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import { dropDraft, keepDraft, readDrafts } from '../state/drafts.ts';

const xmlDraft = z.object({
  text: z.string(),
  base: z.string(),
  /** Hash of the stored definition that the edit began from. */
  hash: z.string(),
});

/** An edit of a definition that is not applied: the text, and what it began from. */
export type XmlDraft = Readonly<z.infer<typeof xmlDraft>>;

interface Drafts {
  /** By the machine's key. */
  readonly drafts: Readonly<Record<string, XmlDraft>>;
  readonly set: (machine: MachineRef, draft: XmlDraft) => void;
  readonly drop: (machine: MachineRef) => void;
}

const prefix = 'xml.';

/** Edits survive a change of the page and a reload, so that leaving it never loses what was typed. */
export const useXmlDrafts = create<Drafts>()((set) => ({
  drafts: readDrafts(prefix, xmlDraft),
  set: (machine, draft) => {
    const key = keyOf(machine);
    keepDraft(prefix + key, draft);
    set((state) => ({ drafts: { ...state.drafts, [key]: draft } }));
  },
  drop: (machine) => {
    const key = keyOf(machine);
    dropDraft(prefix + key);
    set((state) => ({ drafts: Object.fromEntries(Object.entries(state.drafts).filter(([other]) => other !== key)) }));
  },
}));
