import { z } from 'zod';
import { TapestryError, type ErrorCode, type ErrorFix } from '../../shared/errors.ts';
import { accessListFile, allowCommand, allowLine } from './access-list.ts';
import { capabilityCommand } from './helper-program.ts';
import { nameFault } from './interface-name.ts';

/** The version of the command protocol that this client speaks. */
export const protocolVersion = 2;

const success = z.object({
  ok: z.literal(true),
  /** The helper's clock, µs since the epoch: now, and when each step was done. An older helper, which `check` tells of, has none. */
  at: z.number().int().positive().optional(),
  steps: z.record(z.string().max(20), z.number().int().positive()).optional(),
  ifname: z.string().optional(),
  ifindex: z.number().int().positive().optional(),
  queues: z.number().int().optional(),
  mtu: z.number().int().optional(),
  mac: z.string().optional(),
  vnetHdr: z.boolean().optional(),
  proto: z.number().int().optional(),
  privilege: z.boolean().optional(),
  tun: z.boolean().optional(),
  /** Does the access list let this user put TAPs on any bridge? An older helper doesn't tell. */
  taps: z.boolean().optional(),
  pending: z.boolean().optional(),
  confirmed: z.boolean().optional(),
  removed: z.number().int().optional(),
});

const failure = z.object({
  ok: z.literal(false),
  error: z.string().max(40),
  what: z.string().max(40),
  errno: z.number().int(),
  errname: z.string().max(40),
});

/** One line of the helper, which is at most 512 bytes. */
export const helperReply = z.discriminatedUnion('ok', [success, failure]);

/** What a successful helper tells. */
export type HelperSuccess = z.infer<typeof success>;

/** What a refusing helper tells. */
export type HelperFailure = z.infer<typeof failure>;

/** What the request was about, for the sentence. */
export interface HelperSubject {
  readonly program: string;
  /** The interface that is made or changed. */
  readonly name?: string | undefined;
  readonly bridge?: string | undefined;
  readonly lower?: string | undefined;
  /** Element path in the definition, where the request comes from one. */
  readonly path?: string | undefined;
}

interface Told {
  readonly code: ErrorCode;
  readonly message: string;
  readonly next?: string;
  readonly path?: string | undefined;
  readonly fixes?: ErrorFix[];
}

/** The interface element itself, where no field of it is at fault. */
const own = (subject: HelperSubject): { path?: string } => (subject.path === undefined ? {} : { path: subject.path });

/** Where in the interface the access list’s refusal is. */
const deniedAt: Readonly<Record<string, string>> = {
  'acl-tap': '/source/@bridge',
  'acl-name': '/target/@dev',
  'acl-host': '/source',
  'acl-direct': '/source/@dev',
};

const denied = (what: string, subject: HelperSubject): Told => {
  const { name, lower = '' } = subject;
  const bridge = subject.bridge ?? name ?? '';
  const accounts: Readonly<Record<string, readonly [act: string, verb: string, object: string]>> = {
    'acl-tap': [`put machines on the bridge “${bridge}”`, 'tap', bridge],
    'acl-manage': [`create or delete the bridge “${bridge}”`, 'manage', bridge],
    'acl-name': [name === undefined ? 'make TAPs with automatic names' : `use the TAP name “${name}”`, 'name', name ?? 'vt*'],
    'acl-uplink': [`lend “${lower}” to a bridge`, 'uplink', lower],
    'acl-host': [`put host addresses on “${name ?? ''}”`, 'host', name ?? ''],
    'acl-direct': [`put machines directly on “${lower}”`, 'direct', lower],
  };
  const [act, ...allowed] = accounts[what] ?? ['do this'];
  const [verb, object] = allowed;
  const line = verb === undefined || object === undefined ? undefined : allowLine(verb, object);
  return {
    code: 'helper-denied',
    message: `You are not allowed to ${act}.`,
    next: `The administrator of this computer allows it ${line === undefined ? 'in' : 'with a line in'} ${accessListFile}${line === undefined ? '.' : `: ${line}`}`,
    ...(line === undefined ? {} : { fixes: [{ kind: 'copy-command', label: 'Copy command', value: allowCommand(line) }] }),
    ...(subject.path === undefined ? {} : { path: `${subject.path}${deniedAt[what] ?? ''}` }),
  };
};

const unprivileged = (subject: HelperSubject): Told => ({
  code: 'helper-unprivileged',
  message: 'The network helper has no privilege (CAP_NET_ADMIN), so it can’t make or change network interfaces.',
  next: 'Give it its capability once, as root.',
  fixes: [{ kind: 'copy-command', label: 'Copy command', value: capabilityCommand(subject.program) }],
});

/** A value that the helper's own rules refuse: the reader of the definition is more lenient than the kernel. */
const refused = (what: string, subject: HelperSubject): Told => {
  const at = (field: string) => (subject.path === undefined ? {} : { path: `${subject.path}/${field}` });
  const named = (name = '', kind?: 'a bridge') =>
    nameFault(name, kind) ?? { message: `The network helper doesn’t take “${name}” for a name.`, next: 'Choose another name.' };
  switch (what) {
    case 'name':
      return { code: 'invalid', ...named(subject.name), ...at('target/@dev') };
    case 'bridge':
      return { code: 'invalid', ...named(subject.bridge, 'a bridge'), ...at('source/@bridge') };
    case 'lower':
      return { code: 'invalid', ...named(subject.lower), ...at('source/@dev') };
    case 'mtu':
      return {
        code: 'invalid',
        message: 'The MTU of a TAP is 68 to 65521 bytes.',
        next: 'Choose one in between, or none.',
        ...at('mtu/@size'),
      };
    case 'mac':
      return {
        code: 'invalid',
        message: 'The MAC address isn’t one of a single card.',
        next: 'Choose one whose first octet is even.',
        ...at('mac/@address'),
      };
    case 'in-average':
    case 'in-peak':
    case 'in-burst':
    case 'out-average':
    case 'out-burst': {
      const [direction, name] = what.startsWith('in-') ? ['inbound', what.slice(3)] : ['outbound', what.slice(4)];
      return {
        code: 'invalid',
        message: `The ${direction} ${name} is out of range: 1 to 4194303 ${name === 'burst' ? 'KiB' : 'KiB/s'}, and a peak no less than the average.`,
        next: 'Choose one in between, or none.',
        ...at(`bandwidth/${direction}/@${name}`),
      };
    }
    default:
      return {
        code: 'helper-failed',
        message: `The network helper refused the request (${what}).`,
        next: 'Look at the values of this interface.',
        ...own(subject),
      };
  }
};

const tell = (reply: HelperFailure, subject: HelperSubject): Told => {
  const name = subject.name ?? '';
  const bridge = subject.bridge ?? name;
  const sourcePath = subject.path === undefined ? undefined : `${subject.path}/source/@bridge`;
  const targetPath = subject.path === undefined ? undefined : `${subject.path}/target/@dev`;
  const lowerPath = subject.path === undefined ? undefined : `${subject.path}/source/@dev`;
  switch (reply.error) {
    case 'bad-request':
      return refused(reply.what, subject);
    case 'denied':
      return denied(reply.what, subject);
    case 'config':
      return {
        code: 'helper-denied',
        message:
          reply.what === 'acl-line'
            ? `Line ${reply.errno} of /etc/tapestry/net-helper.conf is wrong, so the network helper allows nothing.`
            : 'The access list /etc/tapestry/net-helper.conf can’t be trusted or read, so the network helper allows nothing.',
        next: 'It must be a plain file that belongs to root and that nobody else may write.',
      };
    case 'no-privilege':
      return unprivileged(subject);
    case 'no-bridge':
      return {
        code: 'bridge-missing',
        message: `The bridge “${bridge}” does not exist.`,
        next: 'Create it, or choose another bridge.',
        path: sourcePath,
        fixes: [{ kind: 'create-bridge', label: `Create ${bridge}`, value: bridge }],
      };
    case 'not-a-bridge':
      return {
        code: 'not-a-bridge',
        message: `“${bridge}” is a network interface, but no bridge.`,
        next: 'Choose a bridge, or create one and add this interface to it as uplink.',
        path: sourcePath,
      };
    case 'no-interface':
      return {
        code: 'interface-missing',
        message: `There is no interface “${reply.what === 'lower' ? subject.lower : name}”.`,
        next: reply.what === 'lower' ? 'Choose a network card that is there.' : 'It may have gone meanwhile; look at the interfaces again.',
        path: reply.what === 'lower' ? lowerPath : targetPath,
      };
    case 'name-in-use':
      return {
        code: 'interface-exists',
        message: `An interface named “${name}” already exists; Tapestry never takes over an interface that it didn’t make.`,
        next: 'Choose another name.',
        path: targetPath,
        fixes: [{ kind: 'choose-other-name', label: 'Choose another name', value: name }],
      };
    case 'in-use':
      return { code: 'interface-exists', message: `“${name}” is open in another process.`, next: 'Stop what uses it.', path: targetPath };
    case 'lower-in-use':
      return {
        code: 'interface-exists',
        message: `“${subject.lower}” is already used by another macvtap or bridge.`,
        next: 'Choose another card, or stop what uses it.',
        path: lowerPath,
      };
    case 'has-master':
      return {
        code: 'interface-exists',
        message: `“${subject.lower}” is already a port of a bridge or bond.`,
        next: 'Take it off there first, or choose that bridge.',
        path: lowerPath,
      };
    case 'not-owner':
      return {
        code: 'helper-denied',
        message: `“${name}” belongs to another user, so it can’t be opened.`,
        next: `Its owner is set when it is made: ip tuntap add ${name} mode tap user USER.`,
        path: targetPath,
      };
    case 'not-a-tap':
      return {
        code: 'interface-missing',
        message: `“${name}” exists, but it isn’t a TAP.`,
        next: 'Give the name of a TAP.',
        path: targetPath,
      };
    case 'queue-mode':
      return {
        code: 'invalid',
        message: `“${name}” was made for ${reply.what === 'fd' ? 'another number of queues' : 'something else'}: a multi_queue TAP needs more than one queue, a plain one exactly one.`,
        next: 'Change the number of queues, or make the TAP anew with or without multi_queue.',
        path: targetPath,
      };
    case 'not-ours':
      return {
        code: 'helper-denied',
        message: `“${bridge || name}” wasn’t made by Tapestry for you, so it isn’t touched.`,
        next: 'Whoever made it can change it.',
        ...own(subject),
      };
    case 'foreign-port':
      return {
        code: 'helper-denied',
        message: `“${name}” has ports that aren’t yours; it isn’t deleted while they are on it.`,
        next: 'Take the uplink and the machines off it first.',
      };
    case 'bad-port':
      return {
        code: 'invalid',
        message: `“${subject.lower}” can’t be an uplink: bridges, ends of machines and the loopback interface can’t.`,
        next: 'Choose a network card, a bond or a VLAN interface.',
      };
    case 'not-a-port':
      return { code: 'invalid', message: `“${subject.lower}” is no port of “${bridge}”.`, next: 'Look at the bridge’s ports again.' };
    case 'quota':
      if (reply.what === 'addresses')
        return {
          code: 'limit',
          message: `“${subject.lower}” has more than 32 addresses or 128 routes; the network helper moves no more to a bridge.`,
          next: 'Take some away, or choose another card.',
        };
      return {
        code: 'limit',
        message:
          reply.what === 'bridges'
            ? 'You have as many bridges as the access list lets you.'
            : 'You have as many TAPs as the access list lets you.',
        next: 'Stop a machine, or ask the administrator for a higher limit in /etc/tapestry/net-helper.conf.',
        ...own(subject),
      };
    case 'bad-mtu':
      return {
        code: 'invalid',
        message: 'The kernel refuses this MTU for the TAP or its bridge.',
        next: 'A TAP takes 68 to 65521 bytes.',
        path: subject.path === undefined ? undefined : `${subject.path}/mtu/@size`,
      };
    case 'no-kernel-support':
      return {
        code: 'unsupported-operation',
        message: `This kernel can’t limit ${reply.what} bandwidth: it was built without the needed traffic control.`,
        next: `Take the ${reply.what} limit away, or use a kernel with ${reply.what === 'inbound' ? 'sch_htb' : 'act_police and cls_u32'}.`,
        path: subject.path === undefined ? undefined : `${subject.path}/bandwidth/${reply.what}`,
      };
    case 'rolled-back':
      return {
        code: 'cancelled',
        message: `Nobody confirmed in time, so “${subject.lower}” was given its addresses back and taken off “${bridge}”.`,
        next: 'Add the uplink again, and confirm when the network still works.',
      };
    case 'intruder':
      return {
        code: 'helper-failed',
        message: 'Another process interfered while the TAP was made; it was taken away again.',
        next: 'Try again.',
        ...own(subject),
      };
    case 'not-supported':
      return {
        code: 'unsupported-operation',
        message: `The kernel doesn’t support this for “${subject.lower ?? name}”; Wi-Fi interfaces, for one, can’t be put on a bridge.`,
        next: 'Choose another interface, or put the machine on a bridge without it.',
        ...own(subject),
      };
    default:
      return {
        code: 'helper-failed',
        message: `The network helper failed at “${reply.what}”${reply.errname === '' ? '' : ` (${reply.errname})`}.`,
        next: 'Try again; the system log holds what the helper did.',
        ...own(subject),
      };
  }
};

/** A helper's refusal as an error with a sentence, the field at fault and what mends it. */
export const helperError = (reply: HelperFailure, subject: HelperSubject): TapestryError => {
  const { code, message, next, path, fixes } = tell(reply, subject);
  return new TapestryError(code, message, {
    ...(next === undefined ? {} : { next }),
    ...(path === undefined ? {} : { path }),
    ...(fixes === undefined ? {} : { fixes }),
    detail: `${reply.error} ${reply.what}${reply.errname === '' ? '' : ` ${reply.errname}`}`,
  });
};
