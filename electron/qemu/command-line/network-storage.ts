import type { StorageSource } from '../../../shared/domain/index.ts';
import { invalid, unsupported } from '../plan/draft.ts';
import type { CommandLine } from './builder.ts';
import type { OptionProps, OptionValue } from './options.ts';

/** A secret that libvirt's secret store would supply. A start has no such store. */
export function addSecret(line: CommandLine, id: string, path: string): void {
  if (line.starts) line.refuse(unsupported(path, 'Secrets for encrypted images and network logins are not supported.'));
  line.object({ 'qom-type': 'secret', id, file: `${line.paths.runtime}/${id}` });
}

type Network = Extract<StorageSource, { type: 'network' }>;

const defaultPorts: Readonly<Record<string, string>> = {
  nbd: '10809',
  gluster: '24007',
  iscsi: '3260',
  http: '80',
  https: '443',
  ftp: '21',
  ftps: '990',
  tftp: '69',
  ssh: '22',
};

const hostName = (source: Network): { name: string; port: string | undefined } => {
  const host = source.hosts[0];
  if (source.hosts.length !== 1 || host === undefined)
    throw invalid(source.path, `A source of protocol ${source.protocol} needs exactly one <host>.`);
  if (host.name === undefined) throw invalid(`${source.path}/host/@name`, 'The host needs a name.');
  return { name: host.name, port: host.port ?? defaultPorts[source.protocol] };
};

const bracketed = (name: string): string => (name.includes(':') ? `[${name}]` : name);

/**
 * Back-end properties of an image on the network (QAPI BlockdevOptions*).
 *
 * @param node prefix of the node names: secrets are named after it
 */
export function networkProps(line: CommandLine, source: Network, node: string): OptionProps {
  if (source.tls === true) line.refuse(unsupported(`${source.path}/@tls`, 'TLS to network storage is not supported.'));
  const login = () => {
    if (source.auth === undefined) return undefined;
    const id = `${node}-storage-auth-secret0`;
    addSecret(line, id, `${source.path}/auth`);
    return { user: source.auth.username, id };
  };
  const name = source.name ?? '';
  switch (source.protocol) {
    case 'nbd':
      return {
        driver: 'nbd',
        server: nbdServer(source),
        export: source.name?.replace(/^\//, ''),
        'reconnect-delay': source.reconnectDelay,
      };
    case 'gluster':
      return {
        driver: 'gluster',
        ...split(source, 'volume', 'path'),
        server: source.hosts.map((h) => serverAddress(h, '24007')),
        debug: 4,
      };
    case 'iscsi':
      return iscsi(source, login());
    case 'http':
    case 'https':
    case 'ftp':
    case 'ftps':
    case 'tftp': {
      const user = login();
      const host = hostName(source);
      const path = name.startsWith('/') ? name : `/${name}`;
      return {
        driver: source.protocol,
        url: `${source.protocol}://${bracketed(host.name)}:${host.port}${path}${source.query === undefined ? '' : `?${source.query}`}`,
        username: user?.user,
        'password-secret': user?.id,
        'cookie-secret': cookieSecret(line, source, node),
        sslverify: source.sslVerify,
        readahead: source.readahead,
        timeout: source.timeout,
      };
    }
    case 'rbd': {
      const user = login();
      return {
        driver: 'rbd',
        ...split(source, 'pool', 'image'),
        snapshot: source.snapshot,
        conf: source.config,
        server: source.hosts.length === 0 ? undefined : source.hosts.map((h) => ({ host: h.name, port: h.port })),
        user: user?.user,
        'auth-client-required': user === undefined ? undefined : ['cephx', 'none'],
        'key-secret': user?.id,
      };
    }
    case 'nfs':
      return {
        driver: 'nfs',
        server: { host: hostName(source).name, type: 'inet' },
        path: name,
        user: numericId(source, 'user'),
        group: numericId(source, 'group'),
      };
    case 'ssh':
      return sshProps(source, name);
    case 'vxhs':
    case 'sheepdog':
      throw unsupported(`${source.path}/@protocol`, `This QEMU has no driver for '${source.protocol}'.`);
  }
}

/** Cookies may hold credentials: QEMU takes them as a secret. */
const cookieSecret = (line: CommandLine, source: Network, node: string): string | undefined => {
  if (source.cookies === undefined || source.cookies.length === 0) return undefined;
  const id = `${node}-storage-httpcookie-secret0`;
  addSecret(line, id, `${source.path}/cookies`);
  return id;
};

const sshProps = (source: Network, path: string): OptionProps => {
  if (source.knownHosts !== undefined || source.keyfile !== undefined)
    throw unsupported(source.path, 'Key files for ssh disks are not supported.');
  const host = hostName(source);
  return { driver: 'ssh', path, server: { host: host.name, port: host.port }, user: source.identity?.user ?? source.auth?.username };
};

const numericId = (source: Network, which: 'user' | 'group'): number | undefined => {
  const text = source.identity?.[which];
  if (text === undefined) return undefined;
  const number = /^\+?[0-9]+$/.test(text) ? Number(text) : undefined;
  if (number === undefined) throw unsupported(`${source.path}/identity/@${which}`, 'Give the identity as a number.');
  return number;
};

/** Splits `first/rest`, as gluster and rbd name things. */
const split = (source: Network, first: string, rest: string): OptionProps => {
  const name = source.name ?? '';
  const at = name.indexOf('/');
  if (at < 1 || at === name.length - 1)
    throw invalid(`${source.path}/@name`, `The name of a ${source.protocol} source has the form ${first}/${rest}.`);
  return { [first]: name.slice(0, at), [rest]: name.slice(at + 1) };
};

const serverAddress = (host: Network['hosts'][number], port: string): OptionValue =>
  host.transport === 'unix' ? { type: 'unix', path: host.socket } : { type: 'inet', host: host.name, port: host.port ?? port };

const nbdServer = (source: Network): OptionValue => {
  const host = source.hosts[0];
  if (source.hosts.length !== 1 || host === undefined) throw invalid(source.path, 'An NBD source needs exactly one <host>.');
  return serverAddress(host, '10809');
};

const iscsi = (source: Network, user: { user: string; id: string } | undefined): OptionProps => {
  const host = hostName(source);
  const name = source.name ?? '';
  const at = name.indexOf('/');
  const lun = at < 0 ? 0 : Number(name.slice(at + 1));
  if (!Number.isInteger(lun)) throw invalid(`${source.path}/@name`, 'The name of an iSCSI source ends in the number of its LUN.');
  return {
    driver: 'iscsi',
    portal: `${bracketed(host.name)}:${host.port}`,
    target: at < 0 ? name : name.slice(0, at),
    lun,
    transport: 'tcp',
    user: user?.user,
    'password-secret': user?.id,
    'initiator-name': source.initiator,
  };
};

/** The `-blockdev` of an iSCSI LUN handed to the guest as a whole (`<hostdev type='scsi'>`). */
export function addIscsiHostdev(line: CommandLine, source: Network, node: string, readOnly: boolean): string {
  let user: { user: string; id: string } | undefined;
  if (source.auth !== undefined) {
    user = { user: source.auth.username, id: `${node}-secret0` };
    addSecret(line, user.id, `${source.path}/auth`);
  }
  line.blockdev({ ...iscsi(source, user), 'node-name': node, 'read-only': readOnly });
  return node;
}
