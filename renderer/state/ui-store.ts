import { create } from 'zustand';
import type { MachineTab } from './route.ts';

/** Size of the terminal's letters, px. */
export const fontSize = { least: 8, usual: 13, most: 28 } as const;

/** What belongs to this window alone: nothing here is known to the host. */
interface Ui {
  /** The machine tab last used: changing the machine keeps it. */
  readonly tab: MachineTab;
  /** The device last looked at in Details (its key), by the machine's UUID. */
  readonly devices: Readonly<Record<string, string>>;
  readonly search: string;
  readonly terminalFont: number;
  readonly newMachine: { readonly open: boolean; readonly source?: 'iso' | 'disk' | 'kernel' | 'xml' };
  readonly setTab: (tab: MachineTab) => void;
  readonly rememberDevice: (uuid: string, device: string) => void;
  readonly setSearch: (search: string) => void;
  readonly setTerminalFont: (size: number) => void;
  readonly openNewMachine: (source?: 'iso' | 'disk' | 'kernel' | 'xml') => void;
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
  search: '',
  terminalFont: readFont(),
  newMachine: { open: false },
  setTab: (tab) => set({ tab }),
  rememberDevice: (uuid, device) => set((state) => ({ devices: { ...state.devices, [uuid]: device } })),
  setSearch: (search) => set({ search }),
  setTerminalFont: (size) => {
    const terminalFont = Math.min(fontSize.most, Math.max(fontSize.least, Math.round(size)));
    localStorage.setItem(stored, String(terminalFont));
    set({ terminalFont });
  },
  openNewMachine: (source) => set({ newMachine: source ? { open: true, source } : { open: true } }),
  closeNewMachine: () => set({ newMachine: { open: false } }),
}));
