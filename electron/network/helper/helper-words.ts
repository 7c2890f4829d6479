import { accessListFile } from './access-list.ts';
import { noBridge, notABridge } from './bridge-words.ts';
import { badRequest } from './helper-bad-values.ts';
import { denied } from './helper-denied.ts';
import type { HelperFailure, HelperSubject } from './helper-failure.ts';
import { capabilityCommand } from './helper-program.ts';
import { at, bridgeOf, nameOf, said, type HelperWords, type Words } from './helper-sentence.ts';
import { steps } from './helper-steps.ts';

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

const noLower = said(
  'interface-missing',
  ({ lower }) => `There is no interface “${lower}”.`,
  'Choose a network card that is there.',
  '/source/@dev',
);
const noName = said(
  'interface-missing',
  (subject) => `There is no interface “${nameOf(subject)}”.`,
  'It may have gone meanwhile; look at the interfaces again.',
  '/target/@dev',
);

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
  bridges: said(
    'limit',
    'You have as many bridges as the access list lets you.',
    `Delete one that nothing uses, or ask the administrator for a higher limit in ${accessListFile}.`,
  ),
  taps: said(
    'limit',
    'You have as many TAPs as the access list lets you.',
    `Stop a machine, or ask the administrator for a higher limit in ${accessListFile}.`,
  ),
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
  'bad-request': badRequest,
  denied,
  config,
  'no-privilege': unprivileged,
  'no-bridge': (subject) => ({ ...noBridge(bridgeOf(subject)), ...at(subject, '/source/@bridge') }),
  'not-a-bridge': (subject) => ({ ...notABridge(bridgeOf(subject)), ...at(subject, '/source/@bridge') }),
  'no-interface': (subject, reply) => (reply.what === 'lower' ? noLower : noName)(subject, reply),
  'name-in-use': (subject) => ({
    code: 'interface-exists',
    message: `An interface named “${nameOf(subject)}” already exists; Tapestry never takes over an interface that it didn’t make.`,
    next: 'Choose another name.',
    ...at(subject, '/target/@dev'),
    fixes: [{ kind: 'choose-other-name', label: 'Choose another name', value: nameOf(subject) }],
  }),
  'in-use': said('interface-exists', (subject) => `“${nameOf(subject)}” is open in another process.`, 'Stop what uses it.', '/target/@dev'),
  'lower-in-use': said(
    'interface-exists',
    ({ lower }) => `“${lower}” is already used by another macvtap or bridge.`,
    'Choose another card, or stop what uses it.',
    '/source/@dev',
  ),
  'has-master': said(
    'interface-exists',
    ({ lower }) => `“${lower}” is already a port of a bridge or bond.`,
    'Take it off there first, or choose that bridge.',
    '/source/@dev',
  ),
  'not-owner': said(
    'helper-denied',
    (subject) => `“${nameOf(subject)}” belongs to another user, so it can’t be opened.`,
    (subject) => `Its owner is set when it is made: ip tuntap add ${nameOf(subject)} mode tap user USER.`,
    '/target/@dev',
  ),
  'not-a-tap': said(
    'interface-missing',
    (subject) => `“${nameOf(subject)}” exists, but it isn’t a TAP.`,
    'Give the name of a TAP.',
    '/target/@dev',
  ),
  'queue-mode': (subject, { what }) => ({
    code: 'invalid',
    message: `“${nameOf(subject)}” was made for ${what === 'fd' ? 'another number of queues' : 'something else'}: a multi_queue TAP needs more than one queue, a plain one exactly one.`,
    next: 'Change the number of queues, or make the TAP anew with or without multi_queue.',
    ...at(subject, '/target/@dev'),
  }),
  'not-ours': said(
    'helper-denied',
    (subject) => `“${bridgeOf(subject)}” wasn’t made by Tapestry for you, so it isn’t touched.`,
    'Whoever made it can change it.',
  ),
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
  'bad-mtu': said('invalid', 'The kernel refuses this MTU for the TAP or its bridge.', 'A TAP takes 68 to 65521 bytes.', '/mtu/@size'),
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
  intruder: said('helper-failed', 'Another process interfered while the TAP was made; it was taken away again.', 'Try again.'),
  'not-supported': said(
    'unsupported-operation',
    (subject) =>
      `The kernel doesn’t support this for “${subject.lower ?? nameOf(subject)}”; Wi-Fi interfaces, for one, can’t be put on a bridge.`,
    'Choose another interface, or put the machine on a bridge without it.',
  ),
};

/** A helper's refusal in a reader's words; none of the helper's own is among them, but a newer helper's. */
export function wordsOf(reply: HelperFailure, subject: HelperSubject): HelperWords {
  return (errors[reply.error] ?? failed)(subject, reply);
}
