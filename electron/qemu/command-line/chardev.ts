import type { ChardevSource } from '../../../shared/domain/index.ts';
import { invalid, unsupported } from '../plan/draft.ts';
import type { CommandLine } from './builder.ts';
import type { OptionProps } from './options.ts';

/** What differs between the devices that have a character back end. */
export interface ChardevUse {
  /** Alias of the device. */
  readonly alias: string;
  /** Id of the back end; absent: `char` + alias. */
  readonly id?: string;
  readonly path: string;
  /** A host's parallel port is another back end than a serial one. */
  readonly parallel?: boolean;
  /** vhost-user: a server doesn't say that it won't wait, and takes its path itself. */
  readonly vhostUser?: boolean;
  /** Name of the SPICE channel (`vdagent`, `usbredir`, `smartcard`). */
  readonly spiceName?: string;
  /** File name of a socket whose path the XML leaves open. */
  readonly socketName?: string;
  /** The recorder wants a copy of what the guest writes, where the XML has no log of its own. */
  readonly recorded?: boolean;
}

/**
 * Adds the `-chardev` of a device; returns its id. Files and logs are opened by us and handed over in descriptor
 * sets, so that QEMU needs no rights of its own (formatdomain "Consoles, serial, parallel & channel devices";
 * qemu(1) "Character device options").
 */
export function addChardev(line: CommandLine, source: ChardevSource, use: ChardevUse): string {
  const id = use.id ?? `char${use.alias}`;
  line.chardev({ ...backendProps(line, source, use, id), ...logProps(line, source, use) });
  return id;
}

const backendProps = (line: CommandLine, source: ChardevSource, use: ChardevUse, id: string): OptionProps => {
  switch (source.type) {
    case 'null':
    case 'vc':
    case 'pty':
    case 'stdio':
      return { backend: source.type, id };
    case 'dev':
      return { backend: use.parallel === true ? 'parallel' : 'serial', id, path: source.path };
    case 'file': {
      const flags = source.append === true ? 'append' : 'truncate';
      const path = line.fdset({ kind: 'file', opaque: `${use.alias}-source`, path: source.path, flags }, `${use.alias}-source`);
      return { backend: 'file', id, path, append: true };
    }
    case 'pipe':
      return { backend: 'pipe', id, path: source.path };
    case 'udp':
      return {
        backend: 'udp',
        id,
        host: source.connect.host ?? '',
        port: source.connect.service,
        localaddr: source.bind?.host ?? '',
        localport: source.bind?.service ?? '0',
      };
    case 'tcp':
      return tcpProps(line, source, id, use);
    case 'unix':
      return unixProps(line, source, id, use);
    case 'spicevmc':
      requireSpice(line, use);
      return { backend: 'spicevmc', id, name: use.spiceName ?? 'vdagent' };
    case 'spiceport':
      requireSpice(line, use);
      return { backend: 'spiceport', id, name: source.channel };
    case 'qemu-vdagent':
      return {
        backend: 'qemu-vdagent',
        id,
        name: 'vdagent',
        clipboard: source.clipboardCopyPaste ?? undefined,
        mouse: source.mouseMode === undefined ? undefined : source.mouseMode === 'client',
      };
    case 'dbus':
      return { backend: 'dbus', id, name: source.channel };
    case 'nmdm':
      throw unsupported(`${use.path}/@type`, 'Null-modem devices (nmdm) exist on FreeBSD only.');
  }
};

const requireSpice = (line: CommandLine, use: ChardevUse): void => {
  if (line.starts && !line.draft.devices.graphics.some((g) => g.type === 'spice')) {
    line.refuse(
      invalid(
        `${use.path}/@type`,
        'This device speaks through SPICE, and the domain has no SPICE graphics.',
        'Add <graphics type="spice"/>, or choose another type.',
      ),
    );
  }
};

const tcpProps = (line: CommandLine, source: Extract<ChardevSource, { type: 'tcp' }>, id: string, use: ChardevUse): OptionProps => {
  const isTls = source.tls === true;
  if (isTls && line.starts) line.refuse(unsupported(`${use.path}/source/@tls`, 'TLS on character devices is not supported.'));
  let creds: string | undefined;
  if (isTls) {
    creds = `obj${id}_tls0`;
    line.object({
      'qom-type': 'tls-creds-x509',
      id: creds,
      dir: '/etc/pki/qemu',
      endpoint: source.mode === 'bind' ? 'server' : 'client',
      'verify-peer': true,
    });
  }
  return {
    backend: 'socket',
    id,
    host: source.host,
    port: source.service,
    telnet: source.protocol === 'telnet' ? true : undefined,
    ...(source.mode === 'bind' ? listening : {}),
    ...reconnectOf(line, source.reconnect),
    'tls-creds': creds,
  };
};

/** QEMU is the one that others connect to, and it doesn't wait for them. */
const listening: OptionProps = { server: true, wait: false };

/** Time between attempts, in ms from QEMU 9.2 on (it gives up `reconnect`), before in s; QEMU takes 0 for never. */
const reconnectOf = (line: CommandLine, reconnect: { readonly enabled: boolean; readonly timeout?: number } | undefined): OptionProps => {
  if (reconnect === undefined) return {};
  const seconds = reconnect.enabled ? (reconnect.timeout ?? 1) : 0;
  return line.capabilities.atLeast(9, 2) ? { 'reconnect-ms': seconds * 1000 } : { reconnect: seconds };
};

const unixProps = (line: CommandLine, source: Extract<ChardevSource, { type: 'unix' }>, id: string, use: ChardevUse): OptionProps => {
  const path = source.path ?? (use.socketName === undefined ? undefined : `${line.paths.runtime}/${use.socketName}`);
  if (path === undefined) throw invalid(`${use.path}/source/@path`, 'A unix socket needs a path.');
  if (use.vhostUser === true)
    return { backend: 'socket', id, path, server: source.mode === 'bind' ? true : undefined, ...reconnectOf(line, source.reconnect) };
  if (source.mode === 'bind') {
    // libvirt listens itself and hands the socket over; a QEMU of ours listens on the path.
    const where = line.starts ? { path } : { fd: line.descriptor({ kind: 'listen', path }) };
    return { backend: 'socket', id, ...where, ...listening };
  }
  return { backend: 'socket', id, path, ...reconnectOf(line, source.reconnect) };
};

const logProps = (line: CommandLine, source: ChardevSource, use: ChardevUse): OptionProps => {
  if (source.log !== undefined) {
    const flags = source.log.append === true ? 'append' : 'truncate';
    const path = line.fdset({ kind: 'file', opaque: `${use.alias}-log`, path: source.log.file, flags }, `${use.alias}-log`);
    return { logfile: path, logappend: true };
  }
  if (use.recorded !== true || !line.starts) return {};
  const { alias } = use;
  const path = line.fdset({ kind: 'recorder', alias, end: 'write' }, `${alias}-recorder`, { kind: 'recorder', alias, end: 'read' });
  return { logfile: path, logappend: true };
};
