import type { Graphics, SpiceGraphics, VncGraphics } from '../../../shared/domain/index.ts';

/** The address that the XML names for a display; undefined where it names none. */
export function namedAddress(device: Graphics): string | undefined {
  const [listen] = device.listens;
  return listen?.type === 'address' || listen?.type === 'network' ? listen.address : undefined;
}

/**
 * Is this a SPICE display on an address of the user's whose port the start chooses? QEMU chooses none by itself (VNC has `to=`). One without an
 * address of its own is on a unix socket.
 */
export function choosesPort(device: Graphics): boolean {
  if (device.type !== 'spice' || device.autoport === false || (device.autoport !== true && (device.port ?? -1) > 0)) return false;
  return namedAddress(device) !== undefined;
}

/** Does the XML ask for VNC by TCP: a port, an address or a websocket? */
export function listensByTcp(device: VncGraphics): boolean {
  const [listen] = device.listens;
  if (listen?.type === 'none' || listen?.type === 'socket') return false;
  return (
    (device.port !== undefined && device.port >= 0 && device.autoport !== true) ||
    device.websocket !== undefined ||
    (listen?.type === 'address' && listen.address !== undefined) ||
    listen?.type === 'network'
  );
}

/** Does the XML leave it to us where SPICE listens: no address, and a port that the start chooses? Then it is a unix socket of ours. */
export function leavesSpiceToUs(device: SpiceGraphics): boolean {
  const [listen] = device.listens;
  if (listen?.type === 'none' || listen?.type === 'socket' || device.autoport === false || choosesPort(device)) return false;
  return device.autoport === true || (device.port ?? -1) <= 0;
}
