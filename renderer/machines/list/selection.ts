/** Which rows of the list are selected, and from where a range is taken. */
export interface Selection {
  readonly chosen: ReadonlySet<string>;
  /** Key of the row from which Shift extends. */
  readonly anchor: string | undefined;
}

/** Nothing. */
export const noSelection: Selection = { chosen: new Set(), anchor: undefined };

/** How a row was chosen: by itself, besides the others (Ctrl, a check box), or all from the anchor to it (Shift). */
export type SelectHow = 'only' | 'toggle' | 'range';

/** The selection after a row was chosen. Pure. @param shown keys of the rows as they stand */
export function select(before: Selection, key: string, how: SelectHow, shown: readonly string[]): Selection {
  if (how === 'only') return { chosen: new Set([key]), anchor: key };
  if (how === 'toggle') {
    const chosen = new Set(before.chosen);
    if (!chosen.delete(key)) chosen.add(key);
    return { chosen, anchor: key };
  }
  const [from, to] = [shown.indexOf(before.anchor ?? key), shown.indexOf(key)];
  if (to < 0) return before;
  const start = from < 0 ? to : from;
  return { chosen: new Set(shown.slice(Math.min(start, to), Math.max(start, to) + 1)), anchor: shown[start] };
}

/** All rows, or none when all are selected already. Pure. */
export function selectAll(before: Selection, shown: readonly string[]): Selection {
  return shown.every((key) => before.chosen.has(key)) ? noSelection : { chosen: new Set(shown), anchor: before.anchor ?? shown[0] };
}

/** The selection without machines that are gone, or that a filter hides: nothing is done to what isn't in sight. Pure. */
export function onlyShown(before: Selection, shown: readonly string[]): Selection {
  const there = new Set(shown);
  if ([...before.chosen].every((key) => there.has(key))) return before;
  return { ...before, chosen: new Set([...before.chosen].filter((key) => there.has(key))) };
}
