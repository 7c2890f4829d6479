/** Longest name a machine may have, in UTF-8 bytes: it names files. */
const longest = 200;

/**
 * What is wrong with a machine's name, as a sentence for its field; undefined when it may be used.
 * libvirt refuses `/` (schema domainCommon: name) and control characters; our files refuse a leading dot.
 * @param others names that are taken
 */
export function nameProblem(name: string, others: readonly string[]): string | undefined {
  if (name.trim() === '') return 'A machine needs a name.';
  if (name !== name.trim()) return 'A name can’t begin or end with a blank.';
  if (name.startsWith('.')) return 'A name can’t begin with a dot.';
  if (name.includes('/')) return 'A name can’t have a slash.';
  if (Array.from(name, (letter) => letter.charCodeAt(0)).some((code) => code < 32 || code === 127))
    return 'A name can’t have line breaks or other control characters.';
  if (new TextEncoder().encode(name).byteLength > longest) return `A name has at most ${String(longest)} bytes.`;
  if (others.includes(name)) return `There is a machine named ${name} already.`;
  return undefined;
}

/** The first free name that begins with `base`: `debian`, `debian-2`, … */
export function freeName(base: string, others: readonly string[]): string {
  if (!others.includes(base)) return base;
  for (let n = 2; ; n += 1) {
    const name = `${base}-${String(n)}`;
    if (!others.includes(name)) return name;
  }
}
