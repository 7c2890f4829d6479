import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { TapestryError } from '../../shared/errors.ts';

const folder = '/sys/class/net';

const isBridge = (name: string): Promise<boolean> =>
  access(path.join(folder, name, 'bridge')).then(
    () => true,
    () => false, // absence is an answer: interfaces come and go
  );

/** Names of the interfaces of this process's network namespace (proc(5), /proc/net/dev). /sys may be another namespace's. */
const interfacesHere = async (): Promise<readonly string[]> => {
  const text = await readFile('/proc/self/net/dev', 'utf8');
  return text.split('\n').flatMap((line) => /^\s*([^\s:]+):/.exec(line)?.[1] ?? []);
};

/** Names of this computer's bridges, sorted, without starting a program. */
export const bridgesHere = async (): Promise<readonly string[]> => {
  const found = await Promise.all((await interfacesHere()).map(async (name) => ((await isBridge(name)) ? [name] : [])));
  return found.flat().toSorted();
};

/**
 * Why a NIC can't be put on this bridge now; undefined where nothing speaks against it.
 *
 * @param nic path of the <interface>
 */
export const bridgeFault = async (bridge: string, nic: string): Promise<TapestryError | undefined> => {
  const at = `${nic}/source/@bridge`;
  const here = await interfacesHere();
  if (!here.includes(bridge))
    return new TapestryError('bridge-missing', `The bridge “${bridge}” does not exist.`, {
      path: at,
      next: 'Create it, or choose another bridge.',
      fixes: [{ kind: 'create-bridge', label: `Create ${bridge}`, value: bridge }],
    });
  // Every namespace has its own loopback; other names that /sys doesn't have at all say that it is another's.
  const isKnown = await access(path.join(folder, bridge)).then(
    () => true,
    () => false,
  );
  if (!isKnown || (await isBridge(bridge))) return undefined;
  return new TapestryError('not-a-bridge', `“${bridge}” is a network interface, but no bridge.`, {
    path: at,
    next: 'Choose a bridge, or create one and add this interface to it as uplink.',
  });
};
