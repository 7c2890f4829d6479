import type { Api } from '../../shared/contract/index.ts';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { redefine } from '../machine/redefine.ts';
import { elementText, removeElement } from '../xml/edits.ts';
import { pathsToRemove } from './removal-refusal.ts';

/** A device to be taken out of a machine. */
export interface Removal {
  readonly machine: MachineSummary;
  /** What the user calls the device. */
  readonly what: string;
  /** The machine has a process. */
  readonly running: boolean;
  /** It can go while the machine runs. */
  readonly hot: boolean;
  /** Path in the stored definition. */
  readonly path: string;
  /** The device's XML as it runs, or as it is stored. */
  readonly xml: string | undefined;
  /** It has a file on this computer, which isn't touched. */
  readonly hasFile?: boolean;
}

/** The question before a removal: name, and what stays. Pure. */
export function removalQuestion({ machine, what, running, hot, hasFile }: Removal): string {
  const files = hasFile === true ? ' Its file stays.' : '';
  if (hot) return `${what} is taken out of ${machine.name} now, while it runs, and out of its definition.${files}`;
  if (running) return `${what} is taken out of the definition. ${machine.name} keeps it until the next shutdown.${files}`;
  return `${what} is taken out of the definition of ${machine.name}.${files}`;
}

/**
 * Takes a device out, at once where it can go while the machine runs, else from the definition.
 * @returns what to tell the user
 * @throws TapestryError when the host refuses
 */
export async function removeDevice(api: Api, removal: Removal): Promise<string> {
  const { machine, what, running, hot, path, xml } = removal;
  if (!hot) {
    await redefine(api, machine, (now) => pathsToRemove(parseXml(now), path).toReversed().reduce(removeElement, now));
    return running ? `${what} is removed at the next start.` : `${what} is removed.`;
  }
  const answer = await api['machines.device']({ machine: refOf(machine), how: 'detach', xml: xml ?? '', scope: 'both' });
  return answer.message ?? (answer.state === 'pending' ? `The guest has been asked to let go of ${what}.` : `${what} is removed.`);
}

/** The XML of a device as it runs; undefined when it doesn't. Pure. */
export function runningXml(live: string | null, path: string): string | undefined {
  return live === null || path === '' ? undefined : elementText(live, path);
}
