import { create } from 'zustand';
import { keyOf } from '../../shared/contract/machine-key.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import type { MachineTab } from './route.ts';

/** Size of the terminal's letters, px. */
export const fontSize = { least: 8, usual: 13, most: 28 } as const;

type NewMachineSource = 'iso' | 'disk' | 'kernel' | 'xml';

/** What belongs to this window alone: nothing here is known to the host. */
interface Ui {
  /** The machine tab last used: changing the machine keeps it. */
  readonly tab: MachineTab;
  /** The device last looked at in Details (its key), by the machine's key. */
  readonly devices: Readonly<Record<string, string>>;
  /** Connections whose machines the navigation doesn't show. */
  readonly folded: Readonly<Record<string, boolean>>;
  readonly search: string;
  readonly terminalFont: number;
  /** `connection`: the one at hand when it was opened. */
  readonly newMachine: { readonly open: boolean; readonly source?: NewMachineSource; readonly connection?: string };
  readonly setTab: (tab: MachineTab) => void;
  readonly rememberDevice: (machine: MachineRef, device: string) => void;
  readonly fold: (connection: string, folded: boolean) => void;
  readonly setSearch: (search: string) => void;
  readonly setTerminalFont: (size: number) => void;
  readonly openNewMachine: (from?: { readonly source?: NewMachineSource; readonly connection?: string }) => void;
  readonly closeNewMachine: () => void;
}

const stored = 'tapestry.terminal-font';

const readFont = (): number => {
  const size = Number(localStorage.getItem(stored));
  return Number.isInteger(size) && size >= fontSize.least && size <= fontSize.most ? size : fontSize.usual;
};

export const useUi = create<Ui>()((set) => ({
  tab: 'console',
  devices: {},
  folded: {},
  search: '',
  terminalFont: readFont(),
  newMachine: { open: false },
  setTab: (tab) => set({ tab }),
  rememberDevice: (machine, device) => set((state) => ({ devices: { ...state.devices, [keyOf(machine)]: device } })),
  fold: (connection, folded) => set((state) => ({ folded: { ...state.folded, [connection]: folded } })),
  setSearch: (search) => set({ search }),
  setTerminalFont: (size) => {
    const terminalFont = Math.min(fontSize.most, Math.max(fontSize.least, Math.round(size)));
    localStorage.setItem(stored, String(terminalFont));
    set({ terminalFont });
  },
  openNewMachine: (from = {}) => set({ newMachine: { ...from, open: true } }),
  closeNewMachine: () => set({ newMachine: { open: false } }),
}));
