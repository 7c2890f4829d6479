/**
 * Reads a set of small numbers as libvirt writes them: `1-4,^3,6` (formatdomain, `cpuset`).
 *
 * @returns the members in ascending order, or undefined when it is malformed, empty, or names a number over `max`
 */
export function parseNumberSet(text: string, max = 16383): number[] | undefined {
  const members = new Set<number>();
  for (const part of text.replaceAll(/\s/g, '').split(',')) {
    const match = /^(\^?)([0-9]+)(?:-([0-9]+))?$/.exec(part);
    if (match === null || (match[1] === '^' && match[3] !== undefined)) return undefined;
    const from = Number(match[2]);
    const to = Number(match[3] ?? match[2]);
    if (from > to || to > max) return undefined;
    for (let number = from; number <= to; number += 1) {
      if (match[1] === '^') members.delete(number);
      else members.add(number);
    }
  }
  return members.size === 0 ? undefined : [...members].toSorted((a, b) => a - b);
}
