import type { Graphics } from '../../../shared/domain/index.ts';

/**
 * Is this a SPICE display on an address of the user's whose port the start chooses? QEMU chooses none by itself (VNC has `to=`). One without an
 * address of its own, or on loopback, is on a unix socket.
 */
export function choosesPort(device: Graphics): boolean {
  if (device.type !== 'spice' || device.autoport === false || (device.autoport !== true && (device.port ?? -1) > 0)) return false;
  const [listen] = device.listens;
  const address = listen?.type === 'address' || listen?.type === 'network' ? listen.address : undefined;
  return address !== undefined && !isLoopback(address);
}

const isLoopback = (address: string): boolean => /^127\.|^::1$|^localhost$/.test(address);
