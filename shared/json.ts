/**
 * The value of a JSON text; undefined (which JSON can't say) when the text is none. For text of other programs or other times, where
 * malformed text is one of the answers that the schema behind it refuses anyway.
 */
export function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the only error of JSON.parse with a string is SyntaxError: said by the value
  }
}
