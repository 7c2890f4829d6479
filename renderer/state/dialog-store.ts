import { z } from 'zod';
import { create } from 'zustand';
import { machineRef, type MachineRef } from '../../shared/contract/references.ts';
import { deleteDraftName, renameDraftName } from './machine-drafts.ts';
import { hasDraft, keepOpen, wasOpen } from './kept-open.ts';

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
      /** The connection that the deed is asked of: while it is away, the question waits. By default the embedded one. */
      readonly connection?: string;
      readonly run: () => void | Promise<void>;
    }
  | { readonly kind: 'rename'; readonly machine: MachineRef }
  | { readonly kind: 'delete'; readonly machine: MachineRef }
  | { readonly kind: 'command-line'; readonly machine: MachineRef }
  | { readonly kind: 'log'; readonly machine: MachineRef }
  | { readonly kind: 'shortcuts' };

interface Dialogs {
  /** What is open, the topmost last: a question lies on the dialog that it is about. */
  readonly dialogs: readonly Dialog[];
  readonly open: (dialog: Dialog) => void;
  /** Closes one, or all. */
  readonly close: (dialog?: Dialog) => void;
}

const name = 'dialogs';
const kept = z.array(z.object({ kind: z.enum(['rename', 'delete']), machine: machineRef }));

/** The dialogs with this list of open ones, of which those that take input are kept over a reload. */
function withDialogs(dialogs: readonly Dialog[]): { readonly dialogs: readonly Dialog[] } {
  const typed = dialogs.filter(({ kind }) => kind === 'rename' || kind === 'delete');
  keepOpen(name, typed.length === 0 ? undefined : typed);
  return { dialogs };
}

export const useDialogs = create<Dialogs>()((set) => ({
  dialogs: [],
  open: (dialog) => set(({ dialogs }) => withDialogs([...dialogs, dialog])),
  close: (dialog) => set(({ dialogs }) => withDialogs(dialog === undefined ? [] : dialogs.filter((other) => other !== dialog))),
}));

/** Opens the dialogs again that a reload of the page closed, and into which something was typed. */
export function reopenDialogs(): void {
  const wasTyped = ({ kind, machine }: z.infer<typeof kept>[number]) =>
    hasDraft(kind === 'rename' ? renameDraftName(machine) : deleteDraftName(machine));
  const { dialogs, open } = useDialogs.getState();
  if (dialogs.length > 0) return;
  for (const dialog of wasOpen(name, kept, (all) => all.some(wasTyped))?.filter(wasTyped) ?? []) open(dialog);
}
