import { z } from 'zod';
import { createStore, useStore } from 'zustand';
import type { Link } from '../../link/api.ts';
import { keepDraft, readDraft } from '../../state/drafts.ts';
import { useServices } from '../../state/services.ts';
import { machineFilters, type MachineFilter } from '../../machine/machine-filter.ts';
import { columns, readColumns, usualColumns, type ColumnId } from './list-columns.ts';
import { noSelection, select, selectAll, type SelectHow, type Selection } from './selection.ts';
import { nextSort, type Sort } from './sort-machines.ts';

/** Columns and order are the same in the next window; what was filtered and selected is this window's, as long as it is open ({@link own}). */
const storedView = 'tapestry.machines-list';

/** Under which name this window keeps what is its own, over a reload. */
const ownName = 'machines-list';

const own = z.object({
  filter: z.enum(machineFilters),
  words: z.string(),
  network: z.string().optional(),
  chosen: z.array(z.string()),
  anchor: z.string().optional(),
});

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
  readonly select: (key: string, how: SelectHow, shown: readonly string[]) => void;
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
    const before = readDraft(ownName, own);
    const keepOwn = (change: Partial<List>) => {
      set(change);
      const { filter, words, network, selection } = get();
      const { chosen, anchor } = selection;
      keepDraft(ownName, { filter, words, network, chosen: [...chosen], anchor } satisfies z.input<typeof own>);
    };
    return {
      shown: readColumns(view['columns']) ?? usualColumns,
      sort: readSort(view['sort']),
      filter: before?.filter ?? 'all',
      words: before?.words ?? '',
      network: before?.network,
      selection: before ? { chosen: new Set(before.chosen), anchor: before.anchor } : noSelection,
      setShown: (shown) => keep({ shown }),
      sortBy: (by) => keep({ sort: nextSort(get().sort, by) }),
      setFilter: (filter) => keepOwn({ filter }),
      setWords: (words) => keepOwn({ words }),
      setNetwork: (network) => keepOwn({ network }),
      clearFilter: () => keepOwn({ filter: 'all', words: '', network: undefined }),
      select: (key, how, shown) => keepOwn({ selection: select(get().selection, key, how, shown) }),
      selectAll: (shown) => keepOwn({ selection: selectAll(get().selection, shown) }),
      setSelection: (selection) => keepOwn({ selection }),
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
export function useList<T>(pick: (list: List) => T): T {
  return useStore(useListStore(), pick);
}
