import { access } from 'node:fs/promises';
import path from 'node:path';
import { TapestryError } from '../../../shared/errors.ts';
import { noBridge, notABridge } from '../helper/bridge-words.ts';
import { netDevHere } from './net-dev.ts';

const folder = '/sys/class/net';

const isBridge = (name: string): Promise<boolean> =>
  access(path.join(folder, name, 'bridge')).then(
    () => true,
    () => false, // absence is an answer: interfaces come and go
  );

/** Names of this computer's bridges, sorted, without starting a program. */
export async function bridgesHere(): Promise<readonly string[]> {
  const found = await Promise.all([...(await netDevHere()).keys()].map(async (name) => ((await isBridge(name)) ? [name] : [])));
  return found.flat().toSorted();
}

/**
 * Why a NIC can't be put on this bridge now; undefined where nothing speaks against it.
 *
 * @param nic path of the <interface>
 */
export async function bridgeFault(bridge: string, nic: string): Promise<TapestryError | undefined> {
  const refused = ({ code, message, ...more }: ReturnType<typeof noBridge>) =>
    new TapestryError(code, message, { ...more, path: `${nic}/source/@bridge` });
  if (!(await netDevHere()).has(bridge)) return refused(noBridge(bridge));
  // Every namespace has its own loopback; other names that /sys doesn't have at all say that it is another's.
  const isKnown = await access(path.join(folder, bridge)).then(
    () => true,
    () => false,
  );
  if (!isKnown || (await isBridge(bridge))) return undefined;
  return refused(notABridge(bridge));
}
