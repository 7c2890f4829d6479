import { z } from 'zod';
import { create } from 'zustand';
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
  /** By UUID. */
  readonly drafts: Readonly<Record<string, XmlDraft>>;
  readonly set: (uuid: string, draft: XmlDraft) => void;
  readonly drop: (uuid: string) => void;
}

const prefix = 'xml.';

/** Edits survive a change of the page and a reload, so that leaving it never loses what was typed. */
export const useXmlDrafts = create<Drafts>()((set) => ({
  drafts: readDrafts(prefix, xmlDraft),
  set: (uuid, draft) => {
    keepDraft(prefix + uuid, draft);
    set((state) => ({ drafts: { ...state.drafts, [uuid]: draft } }));
  },
  drop: (uuid) => {
    dropDraft(prefix + uuid);
    set((state) => ({ drafts: Object.fromEntries(Object.entries(state.drafts).filter(([other]) => other !== uuid)) }));
  },
}));
