/** Reads the settings of a unit's file as systemd does (systemd.syntax(7)): words in double quotes, their escapes, and `%%`. */
export function readUnit(text: string): ReadonlyMap<string, readonly string[][]> {
  const settings = new Map<string, string[][]>();
  for (const line of text.split('\n')) {
    if (/^\s*([#;[]|$)/.test(line)) continue;
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/.exec(line) ?? [];
    settings.set(name, [...(settings.get(name) ?? []), wordsOf(value)]);
  }
  return settings;
}

const wordsOf = (value: string): string[] =>
  [...value.matchAll(/:?"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, bare = '']) =>
    (quoted ?? bare)
      .replaceAll(/\\x([0-9a-f]{2})|\\(.)/g, (_all, code: string | undefined, sign: string | undefined) =>
        code === undefined ? (sign ?? '') : String.fromCodePoint(Number.parseInt(code, 16)),
      )
      .replaceAll('%%', '%'),
  );
