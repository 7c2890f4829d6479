import { randomBytes } from 'node:crypto';

/** A MAC under QEMU's prefix 52:54:00 (as libvirt's virDomainNetGenerateMAC) that no machine uses. */
export function generateMac(taken: readonly string[], random: () => Uint8Array = () => randomBytes(3)): string {
  const used = new Set(taken.map((mac) => mac.toLowerCase()));
  for (;;) {
    const mac = ['52', '54', '00', ...[...random()].map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
    if (!used.has(mac)) return mac;
  }
}
