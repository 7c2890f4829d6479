import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import { ConnectionScope } from '../state/connections.ts';
import { useMachine } from '../state/machines-feed.ts';
import { CommandLineDialog } from '../machines/command-line-dialog.tsx';
import { DeleteDialog } from '../machines/delete-dialog.tsx';
import { LogDialog } from '../machines/log-dialog.tsx';
import { RenameDialog } from '../machines/rename-dialog.tsx';
import { ConfirmDialog } from '../components/confirm-dialog.tsx';
import { useDialogs, type Dialog } from '../state/dialog-store.ts';
import { ShortcutsDialog } from './shortcuts-dialog.tsx';

type MachineDialogs = Extract<Dialog, { machine: MachineRef }>;

function MachineDialog({ dialog, close }: { readonly dialog: MachineDialogs; readonly close: () => void }) {
  const machine = useMachine(dialog.machine);
  if (!machine) return null;
  return <ConnectionScope value={machine.connection}>{dialogOf(dialog.kind, machine, close)}</ConnectionScope>;
}

function dialogOf(kind: MachineDialogs['kind'], machine: MachineSummary, close: () => void) {
  switch (kind) {
    case 'rename':
      return <RenameDialog machine={machine} onClose={close} />;
    case 'delete':
      return <DeleteDialog machine={machine} onClose={close} />;
    case 'command-line':
      return <CommandLineDialog machine={machine} onClose={close} />;
    case 'log':
      return <LogDialog machine={machine} onClose={close} />;
  }
}

function OneDialog({ dialog, close }: { readonly dialog: Dialog; readonly close: () => void }) {
  if (dialog.kind === 'confirm') return <ConfirmDialog dialog={dialog} onClose={close} />;
  if (dialog.kind === 'shortcuts') return <ShortcutsDialog onClose={close} />;
  return <MachineDialog dialog={dialog} close={close} />;
}

const keys = new WeakMap<Dialog, number>();
let count = 0;

/** A dialog's own key: the same kind opened again is another one. */
function keyOf(dialog: Dialog): number {
  const key = keys.get(dialog) ?? (count += 1);
  keys.set(dialog, key);
  return key;
}

/** The dialogs that are open, each on top of the one before. */
export function Dialogs() {
  const dialogs = useDialogs((state) => state.dialogs);
  const close = useDialogs((state) => state.close);
  return dialogs.map((dialog) => <OneDialog key={keyOf(dialog)} dialog={dialog} close={() => close(dialog)} />);
}
