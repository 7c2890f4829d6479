/** Why a text is no MAC address for a NIC; undefined when it is one. */
export type MacFault = 'unparsable' | 'multicast';

/** A MAC in one spelling: lower case, two digits a group. */
export function plainMac(mac: string): string {
  return mac
    .toLowerCase()
    .split(':')
    .map((group) => group.padStart(2, '0'))
    .join(':');
}

/**
 * Reads a MAC address as libvirt does: six groups of one or two hexadecimal digits with `:` between.
 *
 * @returns the address in lower case with two digits per group, or what is wrong with it
 */
export function parseMac(text: string): { readonly mac: string } | { readonly fault: MacFault } {
  if (!/^[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2}){5}$/.test(text)) return { fault: 'unparsable' };
  const mac = plainMac(text);
  return Number.parseInt(mac.slice(0, 2), 16) % 2 === 1 ? { fault: 'multicast' } : { mac };
}

/** A random MAC address under QEMU's and KVM's prefix 52:54:00. */
export function generateMac(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) => crypto.getRandomValues(bytes)): string {
  return ['52', '54', '00', ...Array.from(random(new Uint8Array(3)), (byte) => byte.toString(16).padStart(2, '0'))].join(':');
}
