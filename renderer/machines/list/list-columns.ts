/** A column of the list of machines that can be left out or moved; the name is always the first. */
export type ColumnId = 'state' | 'cpu' | 'memory' | 'address' | 'network' | 'uptime' | 'notes' | 'vcpus' | 'mac' | 'machine';

/** All columns in the order in which they are offered; `shown`: there unless one chooses otherwise. */
export const columns: readonly { readonly id: ColumnId; readonly label: string; readonly shown: boolean }[] = [
  { id: 'state', label: 'State', shown: true },
  { id: 'cpu', label: 'CPU', shown: true },
  { id: 'memory', label: 'Memory', shown: true },
  { id: 'address', label: 'Address', shown: true },
  { id: 'network', label: 'Network', shown: true },
  { id: 'uptime', label: 'Uptime', shown: true },
  { id: 'notes', label: 'Notes', shown: true },
  { id: 'vcpus', label: 'vCPUs', shown: false },
  { id: 'mac', label: 'MAC', shown: false },
  { id: 'machine', label: 'Machine type', shown: false },
];

const known: ReadonlySet<string> = new Set(columns.map(({ id }) => id));

/** Label of a column. */
export function columnLabel(id: ColumnId | 'name'): string {
  return columns.find((one) => one.id === id)?.label ?? 'Name';
}

/** The columns as they came. */
export const usualColumns: readonly ColumnId[] = columns.filter(({ shown }) => shown).map(({ id }) => id);

/** Remembered columns, without what isn't one (another version wrote them) and without doubles; undefined for no list. Pure. */
export function readColumns(value: unknown): readonly ColumnId[] | undefined {
  return Array.isArray(value) ? [...new Set(value)].filter((id): id is ColumnId => typeof id === 'string' && known.has(id)) : undefined;
}

/** The columns with one taken in (as the last) or out. Pure. */
export function toggled(shown: readonly ColumnId[], id: ColumnId): readonly ColumnId[] {
  return shown.includes(id) ? shown.filter((one) => one !== id) : [...shown, id];
}

/** The columns with one moved by so many places. Pure. */
export function moved(shown: readonly ColumnId[], id: ColumnId, by: number): readonly ColumnId[] {
  const at = shown.indexOf(id);
  if (at < 0) return shown;
  const others = shown.filter((one) => one !== id);
  const to = Math.min(Math.max(at + by, 0), others.length);
  return [...others.slice(0, to), id, ...others.slice(to)];
}
