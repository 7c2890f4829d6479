import { create } from 'zustand';

/** An edit of a definition that is not applied: the text, and what it began from. */
export interface XmlDraft {
  readonly text: string;
  readonly base: string;
  /** Hash of the stored definition that the edit began from. */
  readonly hash: string;
}

interface Drafts {
  readonly drafts: Readonly<Record<string, XmlDraft>>;
  readonly set: (uuid: string, draft: XmlDraft) => void;
  readonly drop: (uuid: string) => void;
}

/** Edits survive a change of the page, so that leaving it never loses what was typed. */
export const useXmlDrafts = create<Drafts>()((set) => ({
  drafts: {},
  set: (uuid, draft) => set((state) => ({ drafts: { ...state.drafts, [uuid]: draft } })),
  drop: (uuid) => set((state) => ({ drafts: Object.fromEntries(Object.entries(state.drafts).filter(([other]) => other !== uuid)) })),
}));
