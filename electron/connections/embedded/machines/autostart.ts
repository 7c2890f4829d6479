import { join } from 'node:path';
import type { MarkedStart } from '../../../../shared/contract/machines.ts';
import { TapestryError, type ErrorData } from '../../../../shared/errors.ts';
import { writeFileAtomically } from '../../../files/atomic-file.ts';
import { fileError } from '../../../files/file-errors.ts';
import { readIfThere } from '../../../files/if-there.ts';
import { patiently } from '../../../files/patiently.ts';
import type { Machine } from '../machine/machine.ts';
import { thisBoot } from '../run/this-boot.ts';

/** How many machines start at a time: a start is work for the computer, and after a boot there is enough of it. */
const together = 4;

/** Starts that were begun. */
export interface Autostart {
  /** What came of each, by name; never rejects. */
  readonly done: Promise<readonly MarkedStart[]>;
}

/** What an autostart uses of all machines. */
interface Marked {
  all(): readonly Machine[];
  /** The app is ending: nothing more is begun. */
  readonly closing: boolean;
  /** A line of the host's activity. */
  note(text: string, severity: 'error', machine: string): void;
}

const nothing: Autostart = { done: Promise.resolve([]) };

/**
 * Starts the machines that are marked for it, by name, once per boot of the computer: a start that fails shows at its machine, and the others
 * go on. It happens when a window's host opens or the user unit asks for it, never for a command that asks something.
 *
 * @param directory of what means nothing after the computer went down: the boot's mark is kept there
 * @returns when the boot is marked and the first starts have begun
 * @throws TapestryError `io`, `storage-full` where it can't be noted that it happened: nothing is started then, since what a user shut off
 *   would start by itself at each later opening
 */
export async function autostart(machines: Marked, directory: string): Promise<Autostart> {
  const marker = join(directory, 'autostarted');
  const marked = machines
    .all()
    .filter((machine) => machine.stored?.autostart === true && machine.run === undefined)
    .toSorted((a, b) => a.facts.name.localeCompare(b.facts.name));
  try {
    const { boot } = await thisBoot();
    if ((await patiently(() => readIfThere(marker))) === boot) return nothing;
    await writeFileAtomically(marker, boot, 0o600, false);
  } catch (error) {
    if (marked.length === 0) return nothing;
    throw fileError(marker, 'read', error);
  }
  const results: MarkedStart[] = [];
  const next = marked.values();
  const work = async (): Promise<void> => {
    for (const machine of next) if (!machines.closing) results[marked.indexOf(machine)] = await started(machine, machines);
  };
  const done = Promise.all(Array.from({ length: together }, work)).then(() => results.filter((result) => result !== undefined));
  return { done };
}

const started = async (machine: Machine, machines: Marked): Promise<MarkedStart> => {
  const { uuid } = machine;
  const { name } = machine.facts;
  try {
    await machine.act('start', new AbortController().signal);
    return { uuid, name };
  } catch (error) {
    const data: ErrorData = error instanceof TapestryError ? error.data : { code: 'internal', message: String(error) };
    machines.note(`“${name}” could not be started: ${data.message}`, 'error', name);
    return { uuid, name, error: data };
  }
};
