import { createStore, useStore } from 'zustand';
import type { Link } from '../../api.ts';
import { useServices } from '../../state/services.ts';
import type { MachineFilter } from '../machine-filter.ts';
import { columns, readColumns, usualColumns, type ColumnId } from './list-columns.ts';
import { noSelection, select, selectAll, type SelectHow, type Selection } from './selection.ts';
import { nextSort, type Sort } from './sort-machines.ts';

/** Columns and order are the same in the next window; what was filtered and selected is this window's, as long as it is open. */
const storedView = 'tapestry.machines-list';

const parsed = (text: string | null): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // somebody else's words under our name: as it came
  }
};

const readSort = (value: unknown): Sort | undefined => {
  if (typeof value !== 'object' || value === null || !('by' in value) || !('down' in value)) return undefined;
  const { by, down } = value;
  return by === 'name' || columns.some(({ id }) => id === by) ? { by: by as Sort['by'], down: down === true } : undefined;
};

interface List {
  readonly shown: readonly ColumnId[];
  readonly sort: Sort | undefined;
  readonly filter: MachineFilter;
  readonly words: string;
  /** Only machines that are plugged in there (a name as lists show it). */
  readonly network: string | undefined;
  readonly selection: Selection;
  readonly setShown: (shown: readonly ColumnId[]) => void;
  readonly sortBy: (by: Sort['by']) => void;
  readonly setFilter: (filter: MachineFilter) => void;
  readonly setWords: (words: string) => void;
  readonly setNetwork: (network: string | undefined) => void;
  readonly clearFilter: () => void;
  readonly select: (uuid: string, how: SelectHow, shown: readonly string[]) => void;
  readonly selectAll: (shown: readonly string[]) => void;
  readonly setSelection: (selection: Selection) => void;
}

const createListStore = () =>
  createStore<List>()((set, get) => {
    const view = parsed(localStorage.getItem(storedView));
    const keep = (change: Partial<List>) => {
      set(change);
      const { shown, sort } = get();
      localStorage.setItem(storedView, JSON.stringify({ columns: shown, sort }));
    };
    return {
      shown: readColumns(view['columns']) ?? usualColumns,
      sort: readSort(view['sort']),
      filter: 'all',
      words: '',
      network: undefined,
      selection: noSelection,
      setShown: (shown) => keep({ shown }),
      sortBy: (by) => keep({ sort: nextSort(get().sort, by) }),
      setFilter: (filter) => set({ filter }),
      setWords: (words) => set({ words }),
      setNetwork: (network) => set({ network }),
      clearFilter: () => set({ filter: 'all', words: '', network: undefined }),
      select: (uuid, how, shown) => set({ selection: select(get().selection, uuid, how, shown) }),
      selectAll: (shown) => set({ selection: selectAll(get().selection, shown) }),
      setSelection: (selection) => set({ selection }),
    };
  });

type ListStore = ReturnType<typeof createListStore>;

const stores = new WeakMap<Link, ListStore>();

/** The store of this window. */
export function useListStore(): ListStore {
  const { link } = useServices();
  const known = stores.get(link);
  if (known) return known;
  const made = createListStore();
  stores.set(link, made);
  return made;
}

/** A part of how this window shows the list of machines. */
export const useList = <T>(pick: (list: List) => T): T => useStore(useListStore(), pick);
