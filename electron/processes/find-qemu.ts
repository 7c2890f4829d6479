import { readlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { mayPass, patiently } from '../files/patiently.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { notOurs, searchProcesses } from './search-processes.ts';

/** What a QEMU's command line says of whose it is. */
export interface QemuWords {
  readonly uuid: string;
  /** Path of its QMP socket, which may be gone. */
  readonly monitor: string;
  /** The machine's name when it was started. */
  readonly name: string | undefined;
}

/** A QEMU of this user that was started as we start them. */
export interface FoundQemu extends QemuWords {
  readonly identity: ProcessIdentity;
  /** The file that takes its output; undefined where it can't be told. */
  readonly log: string | undefined;
}

/** What was found, and whether everything could be looked at; see {@link searchProcesses}. */
export interface QemuSearch {
  readonly found: readonly FoundQemu[];
  readonly complete: boolean;
}

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The value of `key` among the words of an option (QEMU: commas are doubled within one). */
const valueOf = (option: string, key: string): string | undefined => {
  const parts = option.match(/(?:[^,]|,,)+/g) ?? [];
  return parts
    .find((part) => part.startsWith(`${key}=`))
    ?.slice(key.length + 1)
    .replaceAll(',,', ',');
};

const following = (argv: readonly string[], option: string): readonly string[] =>
  argv.flatMap((word, index) => (word === option ? [argv[index + 1] ?? ''] : []));

/**
 * Reads the command line of a process as one of our QEMUs: spawned with stopped vCPUs, with a QMP socket `<somewhere>/<uuid>/<name>`.
 * The guard of a start has the same words behind its own, and is none. Pure.
 *
 * @returns undefined for any other process
 */
export function readQemuWords(argv: readonly string[]): QemuWords | undefined {
  if (argv[1] === 'guard' || !argv.includes('-S')) return undefined;
  const chardev = following(argv, '-chardev').find((option) => option.startsWith('socket,') && valueOf(option, 'id') === 'charmonitor');
  const monitor = chardev === undefined ? undefined : valueOf(chardev, 'path');
  if (monitor === undefined) return undefined;
  const uuid = following(argv, '-uuid')[0]?.toLowerCase() ?? dirname(monitor).split('/').at(-1) ?? '';
  if (!uuidPattern.test(uuid)) return undefined;
  const named = following(argv, '-name')[0];
  return { uuid, monitor, name: named === undefined ? undefined : (valueOf(named, 'guest') ?? valueOf(`${named}`, 'name')) };
}

/** The file that takes a process's output; undefined where it can't be told. @throws the system's error when it can't be told for now */
const logOf = async (pid: number): Promise<string | undefined> => {
  const log = await patiently(() =>
    readlink(`/proc/${pid}/fd/1`).catch((error: unknown) => {
      if (mayPass(error) && !notOurs(error)) throw error;
      return undefined;
    }),
  );
  return log?.replace(/ \(deleted\)$/, '');
};

/** Looks for QEMUs of this user that were started as we start them, whatever became of their files: by the command lines of all processes. */
export async function findQemus(): Promise<QemuSearch> {
  const search = await searchProcesses(readQemuWords);
  const found: FoundQemu[] = [];
  let { complete } = search;
  for (const { identity, words } of search.found) {
    try {
      found.push({ ...words, identity, log: await logOf(identity.pid) });
    } catch {
      complete = false; // told by the result
    }
  }
  return { found, complete };
}
