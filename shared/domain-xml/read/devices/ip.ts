/** Numbers of an IPv4 address, or undefined. */
const parseIpv4 = (text: string): readonly number[] | undefined => {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return undefined;
  const parts = text.split('.').map(Number);
  return parts.every((part) => part <= 255) ? parts : undefined;
};

const isIpv6 = (text: string): boolean => {
  const [before, after, ...more] = text.split('::');
  if (before === undefined || more.length > 0) return false;
  const groups = (part: string): number => {
    if (part === '') return 0;
    const all = part.split(':');
    const dotted = (all.at(-1) ?? '').includes('.');
    if (dotted && parseIpv4(all.at(-1) ?? '') === undefined) return Number.NaN;
    const plain = dotted ? all.slice(0, -1) : all;
    return plain.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group)) ? plain.length + (dotted ? 2 : 0) : Number.NaN;
  };
  if (after === undefined) return groups(before) === 8;
  return !before.includes('.') && groups(before) + groups(after) <= 7;
};

/** Family of an IP address written as numbers; undefined when it is none. */
export function ipFamily(text: string): 'ipv4' | 'ipv6' | undefined {
  return parseIpv4(text) !== undefined ? 'ipv4' : isIpv6(text) ? 'ipv6' : undefined;
}

/** Prefix length of an IPv4 net mask, or undefined when its ones don't stand together. */
export function prefixOfNetmask(mask: string): number | undefined {
  const parts = parseIpv4(mask);
  if (parts === undefined) return undefined;
  const bits = parts.map((part) => part.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(bits) ? bits.replaceAll('0', '').length : undefined;
}
