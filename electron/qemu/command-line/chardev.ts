import type { ChardevSource } from '../../../shared/domain/index.ts';
import { invalid, unsupported } from '../plan/draft.ts';
import type { CommandLine } from './builder.ts';
import { flag, join, pair } from './options.ts';

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
  const head = (backend: string, ...rest: readonly (string | undefined)[]) => join(backend, `id=${id}`, ...rest);
  const text = chardevText(line, source, use, head);
  line.add('-chardev', join(text, logOf(line, source, use)));
  return id;
}

type Head = (backend: string, ...rest: readonly (string | undefined)[]) => string;

const chardevText = (line: CommandLine, source: ChardevSource, use: ChardevUse, head: Head): string => {
  switch (source.type) {
    case 'null':
    case 'vc':
    case 'pty':
    case 'stdio':
      return head(source.type);
    case 'dev':
      return head(use.parallel === true ? 'parallel' : 'serial', pair('path', source.path));
    case 'file': {
      const flags = source.append === true ? 'append' : 'truncate';
      const path = line.fdset({ kind: 'file', opaque: `${use.alias}-source`, path: source.path, flags }, `${use.alias}-source`);
      return head('file', `path=${path}`, 'append=on');
    }
    case 'pipe':
      return head('pipe', pair('path', source.path));
    case 'udp':
      return head(
        'udp',
        pair('host', source.connect.host ?? ''),
        pair('port', source.connect.service),
        pair('localaddr', source.bind?.host ?? ''),
        pair('localport', source.bind?.service ?? '0'),
      );
    case 'tcp':
      return tcpText(line, source, use, head);
    case 'unix':
      return unixText(line, source, use, head);
    case 'spicevmc':
      requireSpice(line, use);
      return head('spicevmc', pair('name', use.spiceName ?? 'vdagent'));
    case 'spiceport':
      requireSpice(line, use);
      return head('spiceport', pair('name', source.channel));
    case 'qemu-vdagent':
      return head(
        'qemu-vdagent',
        'name=vdagent',
        flag('clipboard', source.clipboardCopyPaste ?? undefined),
        source.mouseMode === undefined ? undefined : flag('mouse', source.mouseMode === 'client'),
      );
    case 'dbus':
      return head('dbus', pair('name', source.channel));
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

const tcpText = (line: CommandLine, source: Extract<ChardevSource, { type: 'tcp' }>, use: ChardevUse, head: Head): string => {
  const isTls = source.tls === true;
  if (isTls && line.starts) line.refuse(unsupported(`${use.path}/source/@tls`, 'TLS on character devices is not supported.'));
  let creds: string | undefined;
  if (isTls) {
    creds = `obj${use.id ?? `char${use.alias}`}_tls0`;
    line.object({
      'qom-type': 'tls-creds-x509',
      id: creds,
      dir: '/etc/pki/qemu',
      endpoint: source.mode === 'bind' ? 'server' : 'client',
      'verify-peer': true,
    });
  }
  return head(
    'socket',
    pair('host', source.host),
    pair('port', source.service),
    source.protocol === 'telnet' ? 'telnet=on' : undefined,
    ...(source.mode === 'bind' ? ['server=on', 'wait=off'] : []),
    reconnectOf(line, source.reconnect),
    pair('tls-creds', creds),
  );
};

/** Time between attempts, in ms from QEMU 9.2 on (it gives up `reconnect`), before in s; QEMU takes 0 for never. */
const reconnectOf = (
  line: CommandLine,
  reconnect: { readonly enabled: boolean; readonly timeout?: number } | undefined,
): string | undefined => {
  if (reconnect === undefined) return undefined;
  const seconds = reconnect.enabled ? (reconnect.timeout ?? 1) : 0;
  return line.capabilities.atLeast(9, 2) ? `reconnect-ms=${seconds * 1000}` : `reconnect=${seconds}`;
};

const unixText = (line: CommandLine, source: Extract<ChardevSource, { type: 'unix' }>, use: ChardevUse, head: Head): string => {
  const path = source.path ?? (use.socketName === undefined ? undefined : `${line.paths.runtime}/${use.socketName}`);
  if (path === undefined) throw invalid(`${use.path}/source/@path`, 'A unix socket needs a path.');
  if (use.vhostUser === true)
    return head('socket', pair('path', path), source.mode === 'bind' ? 'server=on' : undefined, reconnectOf(line, source.reconnect));
  if (source.mode === 'bind') {
    // libvirt listens itself and hands the socket over; a QEMU of ours listens on the path.
    const where = line.starts ? pair('path', path) : `fd=${line.descriptor({ kind: 'listen', path })}`;
    return head('socket', where, 'server=on', 'wait=off');
  }
  return head('socket', pair('path', path), reconnectOf(line, source.reconnect));
};

const logOf = (line: CommandLine, source: ChardevSource, use: ChardevUse): string | undefined => {
  if (source.log !== undefined) {
    const flags = source.log.append === true ? 'append' : 'truncate';
    const path = line.fdset({ kind: 'file', opaque: `${use.alias}-log`, path: source.log.file, flags }, `${use.alias}-log`);
    return join(`logfile=${path}`, 'logappend=on');
  }
  if (use.recorded !== true || !line.starts) return undefined;
  const { alias } = use;
  const path = line.fdset({ kind: 'recorder', alias, end: 'write' }, `${alias}-recorder`, { kind: 'recorder', alias, end: 'read' });
  return join(`logfile=${path}`, 'logappend=on');
};
