/** A place in a text; both 1-based, columns in UTF-16 code units as editors count them. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Line and column of an offset (clamped to the text). A line ends with LF, CR LF or CR. */
export const positionAt = (text: string, offset: number): Position => {
  const end = Math.max(0, Math.min(offset, text.length));
  let line = 1;
  let lineStart = 0;
  const lineEnd = /\r\n|\r|\n/g;
  for (let match = lineEnd.exec(text); match !== null && match.index + match[0].length <= end; match = lineEnd.exec(text)) {
    line += 1;
    lineStart = match.index + match[0].length;
  }
  return { line, column: end - lineStart + 1 };
};
