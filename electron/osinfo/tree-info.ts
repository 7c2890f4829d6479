/** What `.treeinfo` of an installation tree says (productmd's format, and the older one). */
export interface TreeInfo {
  readonly family: string;
  readonly variant: string;
  readonly version: string;
  readonly arch: string;
}

/** Longer values are cut, characters: what is matched stays short. */
const longestValue = 128;

/**
 * Reads `.treeinfo`: an INI file whose `[general]` has what libosinfo looks at (osinfo_tree.c).
 * @returns undefined where it names no family
 */
export function treeInfoOf(text: string): TreeInfo | undefined {
  const values = new Map<string, string>();
  let section = '';
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[([^\]]*)\]\s*$/.exec(line)?.[1];
    if (header !== undefined) section = header.trim();
    const [, key, value] = /^\s*([\w.-]+)\s*[=:]\s*(.*?)\s*$/.exec(line.slice(0, 1024)) ?? [];
    if (section === 'general' && key !== undefined && !values.has(key)) values.set(key, (value ?? '').slice(0, longestValue));
  }
  const family = values.get('family');
  if (family === undefined || family === '') return undefined;
  return { family, variant: values.get('variant') ?? '', version: values.get('version') ?? '', arch: values.get('arch') ?? '' };
}
