import type { Display } from '../contract/screens.ts';

/** VNC's display 0 is this TCP port. */
const vncPort = 5900;

const isAnywhere = (address: string): boolean => address === '0.0.0.0' || address === '::';

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/**
 * Where a VNC server listens, as `virsh vncdisplay` says it (`127.0.0.1:0`, `:0` for every address); undefined where it has no port.
 */
export function vncDisplayOf({ type, address, port }: Display): string | undefined {
  if (type !== 'vnc' || port === null) return undefined;
  return `${address === null || isAnywhere(address) ? '' : bracketed(address)}:${port - vncPort}`;
}

/**
 * The address of a display for a viewer, as `virsh domdisplay` says it; undefined where nothing can connect to it.
 * @param password goes into the address, where given
 */
export function displayUri({ type, address, port, tlsPort, socket }: Display, password?: string): string | undefined {
  if (socket !== null) return `${type}+unix://${socket}`;
  if (port === null && tlsPort === null) return undefined;
  const host = address === null || isAnywhere(address) ? 'localhost' : bracketed(address);
  if (type === 'vnc') return `vnc://${password === undefined ? '' : `:${password}@`}${host}:${(port ?? vncPort) - vncPort}`;
  const more = [...(tlsPort === null ? [] : [`tls-port=${tlsPort}`]), ...(password === undefined ? [] : [`password=${password}`])].join(
    '&',
  );
  return `spice://${host}${port === null ? '' : `:${port}`}${more === '' ? '' : `?${more}`}`;
}
