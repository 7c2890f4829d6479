import { at, said, type Words } from './helper-sentence.ts';
import { nameFault } from './interface-name.ts';

/** A name that the helper doesn't take: by the rule that it breaks, where ours knows it. */
const badName = (name = '', kind?: 'a bridge') =>
  nameFault(name, kind) ?? { message: `The network helper doesn’t take “${name}” for a name.`, next: 'Choose another name.' };

const invalid = (message: string, next: string, below?: string): Words => said('invalid', message, next, below);

const inBetween = 'Choose one in between, or none.';

const rate = (direction: 'inbound' | 'outbound', name: 'average' | 'peak' | 'burst'): Words =>
  invalid(
    `The ${direction} ${name} is out of range: 1 to 4194303 ${name === 'burst' ? 'KiB' : 'KiB/s'}, and a peak no less than the average.`,
    inBetween,
    `/bandwidth/${direction}/@${name}`,
  );

const tooManyQueues = invalid(
  'The interface has more queues than a TAP can have: 256, the kernel’s limit.',
  'Choose fewer queues.',
  '/driver/@queues',
);

const badAddress = invalid(
  'The network helper doesn’t take an address or route of this interface: it isn’t one, or two of them are of different families.',
  'Look at the addresses and routes of the host’s end.',
  '/source',
);

/** A value that the helper's own rules refuse, by its key: the reader of the definition is more lenient than the kernel. */
const badValues: Readonly<Record<string, Words>> = {
  name: (subject) => ({ code: 'invalid', ...badName(subject.name), ...at(subject, '/target/@dev') }),
  bridge: (subject) => ({ code: 'invalid', ...badName(subject.bridge, 'a bridge'), ...at(subject, '/source/@bridge') }),
  lower: (subject) => ({ code: 'invalid', ...badName(subject.lower), ...at(subject, '/source/@dev') }),
  mtu: invalid('The MTU of a TAP is 68 to 65521 bytes.', inBetween, '/mtu/@size'),
  mac: invalid('The MAC address isn’t one of a single card.', 'Choose one whose first octet is even.', '/mac/@address'),
  'in-average': rate('inbound', 'average'),
  'in-peak': rate('inbound', 'peak'),
  'in-burst': rate('inbound', 'burst'),
  'out-average': rate('outbound', 'average'),
  'out-peak': rate('outbound', 'peak'),
  'out-burst': rate('outbound', 'burst'),
  fd: tooManyQueues,
  arguments: tooManyQueues,
  frames: invalid('The number of coalesced frames is out of range: 0 to 4294967295.', inBetween, '/coalesce/rx/frames/@max'),
  isolated: invalid('Only a port of a bridge can be isolated.', 'Put the interface on a bridge, or don’t isolate it.', '/port/@isolated'),
  ip: badAddress,
  peer: badAddress,
  via: badAddress,
  metric: badAddress,
  'not-tun-fd': invalid(
    'The file that the interface’s TAP is to be made with isn’t the kernel’s (/dev/net/tun).',
    'Take the path out of the interface.',
    '/backend/@tap',
  ),
  'foreign-netns': said(
    'helper-failed',
    'The network helper runs in another network namespace than Tapestry.',
    'Start Tapestry in the computer’s own network namespace.',
  ),
};

/** Any other value that the helper refuses is one that only another version of this client would send. */
const notUnderstood = said(
  'helper-failed',
  'The network helper doesn’t understand this request: it is of another version of Tapestry, or a value of this interface is out of range.',
  'Install both from the same package, or run npm run setup; else look at the values of this interface.',
);

/** A request that the helper refuses as it stands. */
export const badRequest: Words = (subject, reply) => (badValues[reply.what] ?? notUnderstood)(subject, reply);
