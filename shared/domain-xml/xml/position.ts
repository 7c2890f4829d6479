/** A place in a text; both 1-based, columns in UTF-16 code units as editors count them. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Offsets at which the lines of a text begin. A line ends with LF, CR LF or CR. */
export function lineStartsOf(text: string): number[] {
  const starts = [0];
  const lineEnd = /\r\n|\r|\n/g;
  for (let match = lineEnd.exec(text); match !== null; match = lineEnd.exec(text)) starts.push(match.index + match[0].length);
  return starts;
}

/** Line and column of an offset, by the line starts of its text. */
export function positionIn(starts: readonly number[], offset: number): Position {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}

/** Line and column of an offset (clamped to the text). A line ends with LF, CR LF or CR. */
export function positionAt(text: string, offset: number): Position {
  return positionIn(lineStartsOf(text), Math.max(0, Math.min(offset, text.length)));
}
