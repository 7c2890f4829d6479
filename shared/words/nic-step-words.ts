import type { NicDeed, NicLoss, NicStep, StepAuthor, ToldStep } from '../contract/nic-steps.ts';

/** The steps of one kind. */
type Of<Kind extends NicDeed['kind']> = Extract<NicDeed, { readonly kind: Kind }>;

type Words = { readonly [Kind in NicDeed['kind']]: (step: Of<Kind>) => string };

const made = ({ made: one }: Of<'created'>): string => {
  switch (one.type) {
    case 'tap':
      return `TAP ${one.device} made (${one.flags.join(', ')}; ${one.queues} queue${one.queues === 1 ? '' : 's'})`;
    case 'macvtap':
      return `macvtap ${one.device} made on ${one.lower} (${one.mode}), MAC ${one.mac}`;
    case 'passt':
      return `passt started (pid ${one.pid})`;
  }
};

const opened = ({ owner, persistent, inUse, ours, bridge, mac, mtu, up }: Of<'opened'>): string =>
  [
    `opened a ${persistent ? 'persistent ' : ''}TAP${owner >= 0 ? ` of uid ${owner}` : ' that any user may open'}`,
    ...(ours ? ['made by Tapestry'] : []),
    ...(inUse ? ['in use by a process'] : []),
    ...(bridge === null ? [] : [`a port of “${bridge}”`]),
  ].join(', ') + `; made beforehand, left as it is (MAC ${mac}, MTU ${mtu}, ${up ? 'up' : 'down'})`;

const handed = ({ qemu, descriptors }: Of<'handed'>): string =>
  `handed to QEMU${qemu === undefined ? '' : ` (pid ${qemu})`} as fd ${descriptors.join(', ')}; our ${descriptors.length === 1 ? 'copy' : 'copies'} closed`;

const moved = ({ device, bridge, mtu, outside }: Of<'moved'>): string => {
  if (outside === true) return 'put back by another program';
  if (bridge === null) return `${device} taken off its bridge`;
  return `${device} moved to ${bridge}${mtu === undefined ? '' : `, MTU ${mtu}`}`;
};

const linkWords = { up: 'link up', down: 'link down', flapped: 'link flapped, so that the guest asks for an address again' } as const;

const bandwidth = ({ inbound, outbound }: Of<'bandwidth'>): string => {
  const one = (word: string, limit: Of<'bandwidth'>['inbound']) => (limit === undefined ? [] : [`${word} ${limit.average} KiB/s`]);
  const parts = [...one('in', inbound), ...one('out', outbound)];
  return parts.length === 0 ? 'bandwidth unlimited' : `bandwidth limited: ${parts.join(', ')}`;
};

const replaced = ({ previous, pid, why }: Of<'passt-replaced'>): string => {
  const reasons = {
    forwards: 'for other port forwards',
    ended: 'because it had ended',
    'as-before': 'with the port forwards as they were',
  };
  return `passt ${previous} replaced by ${pid} ${reasons[why]}; connections through it broke`;
};

/** How the host's end of a NIC was lost: `left br0: the bridge is gone`. */
export function nicLossWords(loss: NicLoss): string {
  switch (loss.how) {
    case 'passt-ended':
      return `passt ${loss.pid} ended by itself: the NIC has no network`;
    case 'device-deleted':
      return `TAP ${loss.device} was deleted by another program`;
    case 'bridge-gone':
      return `left ${loss.bridge}: the bridge is gone`;
    case 'taken-off':
      return `left ${loss.bridge}: another program took it off`;
    case 'put-elsewhere':
      return `left ${loss.bridge}: another program put it on ${loss.to}`;
  }
}

const failed = ({ attempt, error }: Of<'failed'>): string => {
  switch (attempt.deed) {
    case 'bring-up':
      return `could not be brought up: ${error.message}`;
    case 'put-back':
      return `could not be put back on ${attempt.bridge}: ${error.message}`;
    case 'delete':
      return `macvtap ${attempt.device} could not be deleted: ${error.message}`;
    case 'end-passt':
      return `passt (pid ${attempt.pid}) could not be ended: ${error.message}`;
    case 'start-passt':
      return 'passt could not be started again: the NIC has no network';
    case 'announce':
      return `passt doesn’t know the guest’s MAC yet: connections from outside work when the guest has sent something (${error.message})`;
  }
};

const gone = ({ type, device, stays }: Of<'gone'>): string => {
  if (stays) return `TAP ${device} is yours and stays`;
  return type === 'macvtap' ? `macvtap ${device} deleted` : `TAP ${device} is gone`;
};

const words: Words = {
  created: made,
  opened,
  'node-opened': ({ node, device }) => `opened ${node} of ${device}`,
  owner: ({ uid }) => `owner set to uid ${uid}`,
  mac: ({ mac }) => `host MAC ${mac}`,
  mtu: ({ mtu, bridge }) => `MTU ${mtu}${bridge === undefined ? '' : ` (of ${bridge})`}`,
  enslaved: ({ bridge, isolated }) => `port of ${bridge}${isolated ? ', isolated' : ''}`,
  up: () => 'brought up',
  'host-address': ({ address, prefix }) => `host address ${address}/${prefix}`,
  'host-route': ({ address, prefix, gateway }) => `host route ${address}/${prefix} via ${gateway}`,
  handed,
  attached: ({ names }) => `handed to the running QEMU as ${names.join(', ')}`,
  replugged: () => 're-plugged: the guest has a new card',
  moved,
  link: ({ link }) => linkWords[link],
  bandwidth,
  isolation: ({ isolated }) => (isolated ? 'isolated from other isolated ports' : 'no longer isolated'),
  coalesce: ({ frames }) => `receive coalescing ${frames} frames`,
  script: ({ script, device, error }) => `${script} ${device} ${error === undefined ? 'ended well' : error.message}`,
  'passt-replaced': replaced,
  'passt-ended': ({ pid }) => `passt (pid ${pid}) ended`,
  refused: ({ error }) => error.message,
  lost: ({ loss }) => nicLossWords(loss),
  failed,
  gone,
};

const titles: Words = {
  created: () => 'Created',
  opened: () => 'Opened',
  'node-opened': () => 'Opened',
  owner: () => 'Owner set',
  mac: () => 'MAC set',
  mtu: () => 'MTU set',
  enslaved: ({ bridge }) => `Put on ${bridge}`,
  up: () => 'Up',
  'host-address': () => 'Host address',
  'host-route': () => 'Host route',
  handed: ({ descriptors }) => `To QEMU, fd ${descriptors.join(', ')}`,
  attached: () => 'Handed to QEMU',
  replugged: () => 'Re-plugged',
  moved: ({ bridge, outside }) => (outside === true ? 'Put back' : bridge === null ? 'Taken off' : `Moved to ${bridge}`),
  link: ({ link }) => ({ up: 'Cable plugged in', down: 'Cable pulled', flapped: 'Cable flapped' })[link],
  bandwidth: () => 'Bandwidth',
  isolation: ({ isolated }) => (isolated ? 'Isolated' : 'No longer isolated'),
  coalesce: () => 'Coalescing',
  script: () => 'Script ran',
  'passt-replaced': () => 'passt replaced',
  'passt-ended': () => 'passt ended',
  refused: () => 'Refused',
  lost: ({ loss }) => ('bridge' in loss ? `Left ${loss.bridge}` : loss.how === 'passt-ended' ? 'passt ended' : 'TAP deleted'),
  failed: () => 'Note',
  gone: () => 'Gone',
};

const toldTitles: Readonly<Record<ToldStep['kind'], string>> = {
  created: 'Created',
  owner: 'Owner set',
  mac: 'MAC set',
  mtu: 'MTU set',
  enslaved: 'Put on a bridge',
  up: 'Up',
  handed: 'Handed to QEMU',
  moved: 'Moved',
  link: 'Cable',
  bandwidth: 'Bandwidth',
  script: 'Script ran',
  refused: 'Refused',
  gone: 'Gone',
  attached: 'Handed to QEMU',
  detached: 'Detached',
  lost: 'Lost its place',
  other: 'Note',
};

/** The words of one kind; TypeScript can't see that a step and the function of its kind belong together. */
const say = <Kind extends NicDeed['kind']>(from: Words, step: NicDeed & { readonly kind: Kind }): string =>
  (from[step.kind] as (one: NicDeed) => string)(step);

/** What happened, in a line: `TAP vt3f9c21a7 made (TAP, NO_PI; 1 queue)`. No full stop. */
export function nicStepWords(step: NicStep): string {
  return 'text' in step ? step.text : say(words, step);
}

/** A short heading of a step: `Put on br0`. */
export function nicStepTitle(step: NicStep): string {
  return 'text' in step ? toldTitles[step.kind] : say(titles, step);
}

/** Who did something: `tapestry-net-helper, pid 48112`. */
export function stepAuthorWords(by: StepAuthor | string): string {
  return typeof by === 'string' ? by : `${by.program}, pid ${by.pid}`;
}
