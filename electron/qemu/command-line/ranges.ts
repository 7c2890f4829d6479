import { invalid } from '../plan/draft.ts';

/**
 * The numbers of a list like `0-3,^2,7`, ascending. `^` takes out (formatdomain "CPU Allocation").
 *
 * @throws TapestryError `xml-invalid` when the text isn't one, or names numbers above 65535.
 */
export function numbersOf(text: string, path: string): number[] {
  const numbers = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^\s*(\^)?([0-9]+)(?:-([0-9]+))?\s*$/.exec(part);
    const from = Number(match?.[2]);
    const to = Number(match?.[3] ?? match?.[2]);
    if (match === null || to < from || to > 65535) throw invalid(path, `'${text}' is not a list of numbers like 0-3,^2,7.`);
    for (let n = from; n <= to; n++) {
      if (match[1] === '^') numbers.delete(n);
      else numbers.add(n);
    }
  }
  return [...numbers].toSorted((a, b) => a - b);
}

/** The same numbers as runs: `0-1`, `3`. */
export function rangesOf(text: string, path: string): string[] {
  const runs: [number, number][] = [];
  for (const n of numbersOf(text, path)) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === n - 1) last[1] = n;
    else runs.push([n, n]);
  }
  return runs.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`));
}
