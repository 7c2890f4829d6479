import { accessListFile, allowCommand, allowLine } from './access-list.ts';
import type { HelperSubject } from './helper-failure.ts';
import { at, bridgeOf, nameOf, type Words } from './helper-sentence.ts';

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

/** What the access list doesn’t allow, with the line that would. */
export const denied: Words = (subject, { what }) => {
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
