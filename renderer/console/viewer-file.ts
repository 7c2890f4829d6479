import type { Display } from '../../shared/contract/screens.ts';

/** Addresses that mean every one; a viewer needs one. This window's host is the computer on which QEMU listens. */
const every: ReadonlySet<string | null> = new Set([null, '0.0.0.0', '::', '*']);

/**
 * What virt-viewer opens as a connection (remote-viewer(1), “CONNECTION FILE”). The password isn't in it: the viewer asks for it, and a file in
 * the downloads would keep it. Pure.
 * @returns undefined where the display has no port: the file knows no other way
 */
export function viewerFile(name: string, display: Display): string | undefined {
  const { type, port, tlsPort, address } = display;
  if (port === null && tlsPort === null) return undefined;
  return [
    '[virt-viewer]',
    `type=${type}`,
    `host=${every.has(address) ? '127.0.0.1' : (address ?? '')}`,
    ...(port === null ? [] : [`port=${String(port)}`]),
    ...(tlsPort === null ? [] : [`tls-port=${String(tlsPort)}`]),
    `title=${name.replaceAll(/\s+/g, ' ')}`,
    'delete-this-file=1',
    '',
  ].join('\n');
}

/** The command that opens a display on a socket, which no file can name; undefined where it is on none. Pure. */
export function viewerCommand({ type, socket }: Display): string | undefined {
  return socket === null ? undefined : `remote-viewer '${type}+unix://${socket.replaceAll("'", String.raw`'\''`)}'`;
}

/** Where a display listens, in words. Pure. */
export function displayAddress({ listen, address, port, tlsPort, socket }: Display): string {
  switch (listen) {
    case 'none':
      return 'nowhere, as its definition asks';
    case 'private':
    case 'socket':
      return socket ?? 'a socket of its own while it runs';
    case 'address': {
      const ports = [port === null ? undefined : String(port), tlsPort === null ? undefined : `${String(tlsPort)} with TLS`];
      const known = ports.filter((one) => one !== undefined).join(', ');
      return `${address ?? 'every address'}, ${known === '' ? 'a port that its start chooses' : `port ${known}`}`;
    }
  }
}
