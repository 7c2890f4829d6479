import type { ChardevEndpoint, ChardevLog, ChardevSource, Reconnect } from '../../../domain/chardev.ts';
import { made } from '../../../domain/made.ts';
import type { Reader } from '../reader/reader.ts';
import { readSourceSeclabels } from './seclabel.ts';

const types = [
  'null',
  'vc',
  'pty',
  'dev',
  'file',
  'pipe',
  'stdio',
  'udp',
  'tcp',
  'unix',
  'spicevmc',
  'spiceport',
  'qemu-vdagent',
  'dbus',
  'nmdm',
] as const;

const readLog = (reader: Reader): ChardevLog | undefined => {
  const log = reader.child('log');
  return log === undefined ? undefined : made<ChardevLog>({ file: log.required('file'), append: log.onOff('append') });
};

/** Reads a `<reconnect>`; libvirt refuses a timeout of 0. */
export function readReconnect(source: Reader | undefined): Reconnect | undefined {
  const reconnect = source?.child('reconnect');
  if (reconnect === undefined) return undefined;
  const enabled = reconnect.requiredOneOf('enabled', ['yes', 'no'], 'no') === 'yes';
  const timeout = reconnect.integer('timeout', { max: 0xffffffff });
  if (enabled && timeout === undefined) reconnect.error('Reconnecting needs a timeout in seconds.', 'timeout');
  if (enabled && timeout === 0) reconnect.error('The reconnect timeout cannot be 0.', 'timeout');
  return made<Reconnect>({ enabled, timeout });
}

const endpoint = (source: Reader | undefined): ChardevEndpoint | undefined =>
  source === undefined ? undefined : made<ChardevEndpoint>({ host: source.filled('host'), service: source.filled('service') });

/**
 * Reads the host's end of a character device: `type`, `<source>`, `<protocol>`, `<log>`.
 *
 * @param pathOptional the start chooses the path of a socket that has none (channels)
 */
export function readChardev(reader: Reader, pathOptional = false): ChardevSource {
  const type = reader.attribute('type') === undefined ? 'null' : (reader.oneOf('type', types) ?? 'null');
  if (reader.attribute('type') === undefined) reader.error(`<${reader.name}> needs the attribute "type".`, 'type');
  const sources = reader.children('source');
  // Which of two <source> is which only matters for UDP, and TCP takes the first that says how to connect.
  const source = sources[0];
  const common = { log: readLog(reader), seclabels: source === undefined ? undefined : readSourceSeclabels(source) };
  const path = (): string => {
    const value = source?.filled('path');
    if (value === undefined) reader.error(`A character device of type '${type}' needs <source path=…/>.`);
    return value ?? '';
  };
  // Older XML says <protocol type='raw'/> everywhere.
  if (type !== 'tcp') reader.child('protocol')?.oneOf('type', ['raw']);
  switch (type) {
    case 'null':
    case 'vc':
    case 'stdio':
    case 'spicevmc':
      return made<ChardevSource>({ type, ...common });
    case 'pty':
      return made<ChardevSource>({ type, path: source?.filled('path'), ...common });
    case 'dev':
    case 'pipe':
      return made<ChardevSource>({ type, path: path(), ...common });
    case 'file':
      return made<ChardevSource>({ type, path: path(), append: source?.onOff('append'), ...common });
    case 'udp': {
      const byMode = (mode: string) => sources.find((candidate) => (candidate.oneOf('mode', ['bind', 'connect']) ?? 'connect') === mode);
      const connect = endpoint(byMode('connect'));
      if (connect?.service === undefined) reader.error('A UDP character device needs <source mode="connect" service=…/>.');
      return made<ChardevSource>({ type, connect: connect ?? {}, bind: endpoint(byMode('bind')), ...common });
    }
    case 'tcp': {
      const protocol = reader.child('protocol')?.oneOf('type', ['raw', 'telnet', 'telnets', 'tls']) ?? 'raw';
      if (source === undefined) reader.error('A TCP character device needs a <source>.');
      return made<ChardevSource>({
        type,
        mode: source?.oneOf('mode', ['bind', 'connect']) ?? 'connect',
        host: source?.required('host') ?? '',
        service: source?.required('service') ?? '',
        protocol,
        tls: source?.yesNo('tls'),
        reconnect: readReconnect(source),
        ...common,
      });
    }
    case 'unix':
      // libvirt marks sockets that it named itself with an attribute of its own; nothing to do for us.
      source?.ignore('tlsFromConfig');
      return made<ChardevSource>({
        type,
        mode: source?.oneOf('mode', ['bind', 'connect']) ?? 'connect',
        path: pathOptional ? source?.filled('path') : path(),
        reconnect: readReconnect(source),
        ...common,
      });
    case 'spiceport':
    case 'dbus':
      if (source === undefined) reader.error(`A character device of type '${type}' needs <source channel=…/>.`);
      return made<ChardevSource>({ type, channel: source?.required('channel') ?? '', ...common });
    case 'qemu-vdagent':
      return made<ChardevSource>({
        type,
        clipboardCopyPaste: source?.child('clipboard')?.yesNo('copypaste'),
        mouseMode: source?.child('mouse')?.oneOf('mode', ['server', 'client']),
        ...common,
      });
    case 'nmdm':
      return made<ChardevSource>({ type, master: source?.required('master') ?? '', slave: source?.required('slave') ?? '', ...common });
  }
}
