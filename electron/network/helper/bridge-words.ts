import type { ErrorData } from '../../../shared/errors.ts';

type Words = Pick<ErrorData, 'code' | 'message' | 'next' | 'fixes'>;

/** Of a bridge that isn't there, with what makes it. */
export function noBridge(bridge: string): Words {
  return {
    code: 'bridge-missing',
    message: `The bridge “${bridge}” does not exist.`,
    next: 'Create it, or choose another bridge.',
    fixes: [{ kind: 'create-bridge', label: `Create ${bridge}`, value: bridge }],
  };
}

/** Of an interface that is named as a bridge and is none. */
export function notABridge(name: string): Words {
  return {
    code: 'not-a-bridge',
    message: `“${name}” is a network interface, but no bridge.`,
    next: 'Choose a bridge, or create one and add this interface to it as uplink.',
  };
}
