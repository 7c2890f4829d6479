import { createHash } from 'node:crypto';

/** A socket's whole path has 107 bytes at most (unix(7)): longer aliases than libvirt's own are shortened. */
const longest = 16;

/** Where QEMU listens for the backend process of a NIC. @param runtime the machine's runtime directory */
export function streamSocket(runtime: string, alias: string): string {
  return `${runtime}/${alias.length <= longest ? alias : createHash('sha256').update(alias).digest('hex').slice(0, longest)}.nic`;
}
