import { join } from 'node:path';
import type { Display } from '../../shared/contract/screens.ts';
import type { Graphics, SpiceGraphics, VncGraphics } from '../../shared/domain/index.ts';
import { choosesPort, leavesSpiceToUs, listensByTcp, namedAddress } from '../qemu/plan/display-port.ts';
import { spiceSocket, vncSocket } from '../qemu/plan/screens.ts';

/** Where a display listens that names no address. */
const usualAddress = '127.0.0.1';

/**
 * The displays of a machine that other programs can connect to, as its XML says them; a port that a start chooses is null. Pure.
 * @param runtime the machine's directory for sockets while it runs
 */
export function writtenDisplays(graphics: readonly Graphics[], runtime: string | null): Display[] {
  return graphics.flatMap((device): Display[] =>
    device.type === 'vnc' ? [vncDisplay(device, runtime)] : device.type === 'spice' ? [spiceDisplay(device, runtime)] : [],
  );
}

/** What both kinds have. */
function common(device: VncGraphics | SpiceGraphics, file: string, runtime: string | null, byTcp: boolean): Display {
  const [listen] = device.listens;
  const own = listen?.type === 'socket' ? listen.socket : undefined;
  const kind = listen?.type === 'none' ? 'none' : own !== undefined ? 'socket' : byTcp ? 'address' : 'private';
  return {
    type: device.type,
    listen: kind,
    address: kind === 'address' ? (namedAddress(device) ?? usualAddress) : null,
    port: null,
    tlsPort: null,
    websocket: null,
    socket: kind === 'private' ? (runtime === null ? null : join(runtime, file)) : (own ?? null),
    hasPassword: device.password !== undefined,
    passwordValidTo: device.passwordValidTo ?? null,
  };
}

function vncDisplay(device: VncGraphics, runtime: string | null): Display {
  const base = common(device, vncSocket, runtime, listensByTcp(device));
  return base.listen === 'address'
    ? { ...base, port: chosen(device.autoport === true, device.port), websocket: chosen(false, device.websocket) }
    : base;
}

function spiceDisplay(device: SpiceGraphics, runtime: string | null): Display {
  const base = common(device, spiceSocket, runtime, !leavesSpiceToUs(device) && device.listens[0]?.type !== 'socket');
  if (base.listen !== 'address') return base;
  const byStart = device.autoport === true || choosesPort(device);
  return { ...base, port: chosen(byStart, device.port), tlsPort: chosen(byStart, device.tlsPort) };
}

/** A port of the XML; null where it has none, or the start chooses it: then what is written is an earlier run's. */
const chosen = (byStart: boolean, port: number | undefined): number | null => (byStart || port === undefined || port <= 0 ? null : port);
