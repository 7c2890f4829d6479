import { diffLines } from 'diff';

/** A line of the XML pane. */
export interface ShownLine {
  readonly text: string;
  readonly kind: 'same' | 'added' | 'removed';
  /** 1-based line of the new text; null for a removed line. */
  readonly number: number | null;
}

/** The new text line by line, with the lines that went where they stood. Pure. */
export function changedLines(before: string, after: string): readonly ShownLine[] {
  let number = 0;
  return diffLines(before, after).flatMap((part) => {
    const lines = part.value.replace(/\n$/, '').split('\n');
    return lines.map((text): ShownLine => {
      if (part.removed) return { text, kind: 'removed', number: null };
      number += 1;
      return { text, kind: part.added ? 'added' : 'same', number };
    });
  });
}
