import { create } from 'zustand';

/** The dialogs that any page may open. */
export type Dialog =
  | {
      readonly kind: 'confirm';
      readonly title: string;
      readonly text: string;
      /** What the filled, red button says: the deed and its object. */
      readonly confirm: string;
      /** What the other button says; "Cancel" if nothing is given. */
      readonly stay?: string;
      /** Harmless confirmations (leaving unapplied edits) have a neutral button. */
      readonly gentle?: boolean;
      readonly run: () => void | Promise<void>;
    }
  | { readonly kind: 'rename'; readonly uuid: string }
  | { readonly kind: 'delete'; readonly uuid: string }
  | { readonly kind: 'command-line'; readonly uuid: string }
  | { readonly kind: 'log'; readonly uuid: string }
  | { readonly kind: 'shortcuts' };

interface Dialogs {
  /** What is open, the topmost last: a question lies on the dialog that it is about. */
  readonly dialogs: readonly Dialog[];
  readonly open: (dialog: Dialog) => void;
  /** Closes one, or all. */
  readonly close: (dialog?: Dialog) => void;
}

export const useDialogs = create<Dialogs>()((set) => ({
  dialogs: [],
  open: (dialog) => set(({ dialogs }) => ({ dialogs: [...dialogs, dialog] })),
  close: (dialog) => set(({ dialogs }) => ({ dialogs: dialog === undefined ? [] : dialogs.filter((other) => other !== dialog) })),
}));
