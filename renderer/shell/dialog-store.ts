import { create } from 'zustand';

/** The dialogs that any page may open; one at a time. */
export type Dialog =
  | {
      readonly kind: 'confirm';
      readonly title: string;
      readonly text: string;
      /** What the filled, red button says: the deed and its object. */
      readonly confirm: string;
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
  readonly dialog: Dialog | null;
  readonly open: (dialog: Dialog) => void;
  readonly close: () => void;
}

export const useDialogs = create<Dialogs>()((set) => ({
  dialog: null,
  open: (dialog) => set({ dialog }),
  close: () => set({ dialog: null }),
}));
