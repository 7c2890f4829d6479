import type { ErrorCode, ErrorFix } from '../../shared/errors.ts';
import { accessListFile, allowCommand, allowLine } from './access-list.ts';
import type { HelperFailure, HelperSubject } from './helper-failure.ts';
import { capabilityCommand } from './helper-program.ts';
import { nameFault } from './interface-name.ts';

/** What a refusal is to its reader. */
export interface HelperWords {
  readonly code: ErrorCode;
  readonly message: string;
  readonly next?: string;
  readonly path?: string | undefined;
  readonly fixes?: readonly ErrorFix[];
}

type Words = (subject: HelperSubject, reply: HelperFailure) => HelperWords;

/** A path below the interface's element; none where the request came from no definition. */
const at = ({ path }: HelperSubject, below = ''): { path?: string } => (path === undefined ? {} : { path: `${path}${below}` });

/** The interface that is made or changed, and the bridge, which may be it. */
const nameOf = ({ name = '' }: HelperSubject): string => name;
const bridgeOf = ({ bridge, name = '' }: HelperSubject): string => bridge ?? name;

/** Who may do what: the act in a sentence, the line of the access list that allows it, and where in the interface it is said. */
interface Right {
  readonly act: (subject: HelperSubject) => string;
  readonly verb: string;
  readonly object: (subject: HelperSubject) => string;
  readonly below?: string;
}

const rights: Readonly<Record<string, Right>> = {
  'acl-tap': {
    act: (subject) => `put machines on the bridge “${bridgeOf(subject)}”`,
    verb: 'tap',
    object: bridgeOf,
    below: '/source/@bridge',
  },
  'acl-manage': { act: (subject) => `create or delete the bridge “${bridgeOf(subject)}”`, verb: 'manage', object: bridgeOf },
  'acl-name': {
    act: ({ name }) => (name === undefined ? 'make TAPs with automatic names' : `use the TAP name “${name}”`),
    verb: 'name',
    object: ({ name }) => name ?? 'vt*',
    below: '/target/@dev',
  },
  'acl-uplink': { act: ({ lower = '' }) => `lend “${lower}” to a bridge`, verb: 'uplink', object: ({ lower = '' }) => lower },
  'acl-host': { act: (subject) => `put host addresses on “${nameOf(subject)}”`, verb: 'host', object: nameOf, below: '/source' },
  'acl-direct': {
    act: ({ lower = '' }) => `put machines directly on “${lower}”`,
    verb: 'direct',
    object: ({ lower = '' }) => lower,
    below: '/source/@dev',
  },
};

const denied: Words = (subject, { what }) => {
  const right = rights[what];
  if (right === undefined) {
    return {
      code: 'helper-denied',
      message: 'You are not allowed to do this.',
      next: `The administrator of this computer allows it in ${accessListFile}.`,
      ...at(subject),
    };
  }
  const line = allowLine(right.verb, right.object(subject));
  return {
    code: 'helper-denied',
    message: `You are not allowed to ${right.act(subject)}.`,
    next: `The administrator of this computer allows it with a line in ${accessListFile}: ${line}`,
    fixes: [{ kind: 'copy-command', label: 'Copy command', value: allowCommand(line) }],
    ...at(subject, right.below),
  };
};

/** A name that the helper doesn't take: by the rule that it breaks, where ours knows it. */
const badName = (name = '', kind?: 'a bridge') =>
  nameFault(name, kind) ?? { message: `The network helper doesn’t take “${name}” for a name.`, next: 'Choose another name.' };

const rate = (direction: 'inbound' | 'outbound', name: 'average' | 'peak' | 'burst'): Words => {
  const unit = name === 'burst' ? 'KiB' : 'KiB/s';
  return (subject) => ({
    code: 'invalid',
    message: `The ${direction} ${name} is out of range: 1 to 4194303 ${unit}, and a peak no less than the average.`,
    next: 'Choose one in between, or none.',
    ...at(subject, `/bandwidth/${direction}/@${name}`),
  });
};

const tooManyQueues: Words = (subject) => ({
  code: 'invalid',
  message: 'The interface has more queues than a TAP can have: 256, the kernel’s limit.',
  next: 'Choose fewer queues.',
  ...at(subject, '/driver/@queues'),
});

const badAddress: Words = (subject) => ({
  code: 'invalid',
  message: 'The network helper doesn’t take an address or route of this interface: it isn’t one, or two of them are of different families.',
  next: 'Look at the addresses and routes of the host’s end.',
  ...at(subject, '/source'),
});

/** A value that the helper's own rules refuse, by its key: the reader of the definition is more lenient than the kernel. */
const badValues: Readonly<Record<string, Words>> = {
  name: (subject) => ({ code: 'invalid', ...badName(subject.name), ...at(subject, '/target/@dev') }),
  bridge: (subject) => ({ code: 'invalid', ...badName(subject.bridge, 'a bridge'), ...at(subject, '/source/@bridge') }),
  lower: (subject) => ({ code: 'invalid', ...badName(subject.lower), ...at(subject, '/source/@dev') }),
  mtu: (subject) => ({
    code: 'invalid',
    message: 'The MTU of a TAP is 68 to 65521 bytes.',
    next: 'Choose one in between, or none.',
    ...at(subject, '/mtu/@size'),
  }),
  mac: (subject) => ({
    code: 'invalid',
    message: 'The MAC address isn’t one of a single card.',
    next: 'Choose one whose first octet is even.',
    ...at(subject, '/mac/@address'),
  }),
  'in-average': rate('inbound', 'average'),
  'in-peak': rate('inbound', 'peak'),
  'in-burst': rate('inbound', 'burst'),
  'out-average': rate('outbound', 'average'),
  'out-peak': rate('outbound', 'peak'),
  'out-burst': rate('outbound', 'burst'),
  fd: tooManyQueues,
  arguments: tooManyQueues,
  frames: (subject) => ({
    code: 'invalid',
    message: 'The number of coalesced frames is out of range: 0 to 4294967295.',
    next: 'Choose one in between, or none.',
    ...at(subject, '/coalesce/rx/frames/@max'),
  }),
  isolated: (subject) => ({
    code: 'invalid',
    message: 'Only a port of a bridge can be isolated.',
    next: 'Put the interface on a bridge, or don’t isolate it.',
    ...at(subject, '/port/@isolated'),
  }),
  ip: badAddress,
  peer: badAddress,
  via: badAddress,
  metric: badAddress,
  'not-tun-fd': (subject) => ({
    code: 'invalid',
    message: 'The file that the interface’s TAP is to be made with isn’t the kernel’s (/dev/net/tun).',
    next: 'Take the path out of the interface.',
    ...at(subject, '/backend/@tap'),
  }),
  'foreign-netns': (subject) => ({
    code: 'helper-failed',
    message: 'The network helper runs in another network namespace than Tapestry.',
    next: 'Start Tapestry in the computer’s own network namespace.',
    ...at(subject),
  }),
};

/** Any other value that the helper refuses is one that only another version of this client would send. */
const notUnderstood: Words = (subject) => ({
  code: 'helper-failed',
  message:
    'The network helper doesn’t understand this request: it is of another version of Tapestry, or a value of this interface is out of range.',
  next: 'Install both from the same package, or run npm run setup; else look at the values of this interface.',
  ...at(subject),
});

const config: Words = (_subject, { what, errno }) => ({
  code: 'helper-denied',
  message:
    what === 'acl-line'
      ? `Line ${errno} of ${accessListFile} is wrong, so the network helper allows nothing.`
      : `The access list ${accessListFile} can’t be trusted or read, so the network helper allows nothing.`,
  next: 'It must be a plain file that belongs to root and that nobody else may write.',
});

const unprivileged: Words = ({ program }) => ({
  code: 'helper-unprivileged',
  message: 'The network helper has no privilege (CAP_NET_ADMIN), so it can’t make or change network interfaces.',
  next: 'Give it its capability once, as root.',
  fixes: [{ kind: 'copy-command', label: 'Copy command', value: capabilityCommand(program) }],
});

const noInterface: Words = (subject, { what }) =>
  what === 'lower'
    ? {
        code: 'interface-missing',
        message: `There is no interface “${subject.lower}”.`,
        next: 'Choose a network card that is there.',
        ...at(subject, '/source/@dev'),
      }
    : {
        code: 'interface-missing',
        message: `There is no interface “${nameOf(subject)}”.`,
        next: 'It may have gone meanwhile; look at the interfaces again.',
        ...at(subject, '/target/@dev'),
      };

/** Limits, by what there is too much of. */
const quotas: Readonly<Record<string, Words>> = {
  addresses: ({ lower }) => ({
    code: 'limit',
    message: `“${lower}” has more than 32 addresses or 128 routes; the network helper moves no more to a bridge.`,
    next: 'Take some away, or choose another card.',
  }),
  neighbours: ({ lower }) => ({
    code: 'limit',
    message: `“${lower}” has more than 64 static neighbours; the network helper moves no more to a bridge.`,
    next: 'Take some away, or choose another card.',
  }),
  bridges: (subject) => ({
    code: 'limit',
    message: 'You have as many bridges as the access list lets you.',
    next: `Delete one that nothing uses, or ask the administrator for a higher limit in ${accessListFile}.`,
    ...at(subject),
  }),
  taps: (subject) => ({
    code: 'limit',
    message: 'You have as many TAPs as the access list lets you.',
    next: `Stop a machine, or ask the administrator for a higher limit in ${accessListFile}.`,
    ...at(subject),
  }),
};

/** What the helper was about when the kernel refused, by its step. */
const steps: Readonly<Record<string, string>> = {
  tunsetiff: 'make the TAP',
  'tunsetiff-queue': 'add a queue to the TAP',
  tunsetowner: 'give the TAP to you',
  tunsetifindex: 'make the TAP',
  configure: 'set up the TAP',
  isolate: 'isolate the port',
  'ipv6-mode': 'keep the host’s IPv6 off the TAP',
  coalesce: 'set the coalescing of the TAP',
  alias: 'label the interface',
  move: 'move the TAP to the other bridge',
  mtu: 'set the MTU',
  mac: 'set the MAC address',
  link: 'bring the interface up or down',
  delete: 'delete the interface',
  'bridge-add': 'make the bridge',
  macvtap: 'make the macvtap',
  uplink: 'put the card on the bridge',
  addresses: 'move the host’s addresses and routes',
  routes: 'read the host’s routes',
  neighbours: 'read the host’s neighbours',
  address: 'set the address',
  route: 'set the route',
  inbound: 'limit the inbound bandwidth',
  outbound: 'limit the outbound bandwidth',
  send: 'hand the TAP to QEMU',
};

/** Reasons of the kernel's that have plain words. */
const reasons: Readonly<Record<string, string>> = {
  ENOMEM: 'there is too little memory',
  ENOBUFS: 'there is too little memory',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open on this computer',
  EBUSY: 'something else uses it',
  EEXIST: 'it is there already',
  ENODEV: 'the interface has gone meanwhile',
  EINVAL: 'the kernel refuses a value',
  ENETUNREACH: 'a gateway can’t be reached',
  EPIPE: 'QEMU has closed the connection',
};

const failed: Words = (subject, { what, errname }) => {
  const reason = reasons[errname] ?? (errname === '' ? undefined : errname);
  return {
    code: 'helper-failed',
    // A step of a newer helper has its own word only.
    message: `The network helper ${steps[what] === undefined ? `failed at “${what}”` : `could not ${steps[what]}`}${reason === undefined ? '' : `: ${reason}`}.`,
    next: 'Try again; the system log holds what the helper did.',
    ...at(subject),
  };
};

/** By the word that the helper's answer has for the error. */
const errors: Readonly<Record<string, Words>> = {
  'bad-request': (subject, reply) => (badValues[reply.what] ?? notUnderstood)(subject, reply),
  denied,
  config,
  'no-privilege': unprivileged,
  'no-bridge': (subject) => ({
    code: 'bridge-missing',
    message: `The bridge “${bridgeOf(subject)}” does not exist.`,
    next: 'Create it, or choose another bridge.',
    ...at(subject, '/source/@bridge'),
    fixes: [{ kind: 'create-bridge', label: `Create ${bridgeOf(subject)}`, value: bridgeOf(subject) }],
  }),
  'not-a-bridge': (subject) => ({
    code: 'not-a-bridge',
    message: `“${bridgeOf(subject)}” is a network interface, but no bridge.`,
    next: 'Choose a bridge, or create one and add this interface to it as uplink.',
    ...at(subject, '/source/@bridge'),
  }),
  'no-interface': noInterface,
  'name-in-use': (subject) => ({
    code: 'interface-exists',
    message: `An interface named “${nameOf(subject)}” already exists; Tapestry never takes over an interface that it didn’t make.`,
    next: 'Choose another name.',
    ...at(subject, '/target/@dev'),
    fixes: [{ kind: 'choose-other-name', label: 'Choose another name', value: nameOf(subject) }],
  }),
  'in-use': (subject) => ({
    code: 'interface-exists',
    message: `“${nameOf(subject)}” is open in another process.`,
    next: 'Stop what uses it.',
    ...at(subject, '/target/@dev'),
  }),
  'lower-in-use': (subject) => ({
    code: 'interface-exists',
    message: `“${subject.lower}” is already used by another macvtap or bridge.`,
    next: 'Choose another card, or stop what uses it.',
    ...at(subject, '/source/@dev'),
  }),
  'has-master': (subject) => ({
    code: 'interface-exists',
    message: `“${subject.lower}” is already a port of a bridge or bond.`,
    next: 'Take it off there first, or choose that bridge.',
    ...at(subject, '/source/@dev'),
  }),
  'not-owner': (subject) => ({
    code: 'helper-denied',
    message: `“${nameOf(subject)}” belongs to another user, so it can’t be opened.`,
    next: `Its owner is set when it is made: ip tuntap add ${nameOf(subject)} mode tap user USER.`,
    ...at(subject, '/target/@dev'),
  }),
  'not-a-tap': (subject) => ({
    code: 'interface-missing',
    message: `“${nameOf(subject)}” exists, but it isn’t a TAP.`,
    next: 'Give the name of a TAP.',
    ...at(subject, '/target/@dev'),
  }),
  'queue-mode': (subject, { what }) => ({
    code: 'invalid',
    message: `“${nameOf(subject)}” was made for ${what === 'fd' ? 'another number of queues' : 'something else'}: a multi_queue TAP needs more than one queue, a plain one exactly one.`,
    next: 'Change the number of queues, or make the TAP anew with or without multi_queue.',
    ...at(subject, '/target/@dev'),
  }),
  'not-ours': (subject) => ({
    code: 'helper-denied',
    message: `“${bridgeOf(subject)}” wasn’t made by Tapestry for you, so it isn’t touched.`,
    next: 'Whoever made it can change it.',
    ...at(subject),
  }),
  'foreign-port': (subject) => ({
    code: 'helper-denied',
    message: `“${nameOf(subject)}” has ports that aren’t yours; it isn’t deleted while they are on it.`,
    next: 'Take the uplink and the machines off it first.',
  }),
  'has-addresses': (subject) => ({
    code: 'helper-denied',
    message: `“${nameOf(subject)}” was made for another user, and this computer has addresses on it; it isn’t deleted.`,
    next: 'Take the addresses off it first, or let its owner delete it.',
  }),
  'not-made': (subject) => ({
    code: 'invalid',
    message: `“${bridgeOf(subject)}” wasn’t made for this uplink: it is in use already, or another user’s, so it can’t be given up with it.`,
    next: 'Add the uplink to it as it is, or choose another name for a new bridge.',
  }),
  'cannot-give-back': ({ lower }) => ({
    code: 'unsupported-operation',
    message: `Routes over “${lower}” use nexthop objects (ip nexthop), which could not be given back as they are, so it isn’t put on a bridge.`,
    next: 'Make these routes without nexthop objects, or choose another card.',
  }),
  'bad-port': ({ lower }) => ({
    code: 'invalid',
    message: `“${lower}” can’t be an uplink: bridges, ends of machines and the loopback interface can’t.`,
    next: 'Choose a network card, a bond or a VLAN interface.',
  }),
  'not-a-port': (subject) => ({
    code: 'invalid',
    message: `“${subject.lower}” is no port of “${bridgeOf(subject)}”.`,
    next: 'Look at the bridge’s ports again.',
  }),
  quota: (subject, reply) => (quotas[reply.what] ?? failed)(subject, reply),
  'bad-mtu': (subject) => ({
    code: 'invalid',
    message: 'The kernel refuses this MTU for the TAP or its bridge.',
    next: 'A TAP takes 68 to 65521 bytes.',
    ...at(subject, '/mtu/@size'),
  }),
  'no-kernel-support': (subject, { what }) => ({
    code: 'unsupported-operation',
    message: `This kernel can’t limit ${what} bandwidth: it was built without the needed traffic control.`,
    next: `Take the ${what} limit away, or use a kernel with ${what === 'inbound' ? 'sch_htb' : 'act_police and cls_u32'}.`,
    ...at(subject, `/bandwidth/${what}`),
  }),
  'rolled-back': (subject) => ({
    code: 'cancelled',
    message: `Nobody confirmed in time, so “${subject.lower}” was given its addresses back and taken off “${bridgeOf(subject)}”.`,
    next: 'Add the uplink again, and confirm when the network still works.',
  }),
  intruder: (subject) => ({
    code: 'helper-failed',
    message: 'Another process interfered while the TAP was made; it was taken away again.',
    next: 'Try again.',
    ...at(subject),
  }),
  'not-supported': (subject) => ({
    code: 'unsupported-operation',
    message: `The kernel doesn’t support this for “${subject.lower ?? nameOf(subject)}”; Wi-Fi interfaces, for one, can’t be put on a bridge.`,
    next: 'Choose another interface, or put the machine on a bridge without it.',
    ...at(subject),
  }),
};

/** A helper's refusal in a reader's words; none of the helper's own is among them. */
export const wordsOf = (reply: HelperFailure, subject: HelperSubject): HelperWords => (errors[reply.error] ?? failed)(subject, reply);
