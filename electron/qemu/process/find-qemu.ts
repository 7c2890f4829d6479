import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf } from '../../files/if-there.ts';
import { mayPass, patiently } from '../../files/patiently.ts';
import { identifyProcess, type ProcessIdentity } from './process-identity.ts';

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

/** What was found, and whether everything could be looked at. */
export interface QemuSearch {
  readonly found: readonly FoundQemu[];
  /** False where the system refused to show some process for now: then one that wasn't found may be there all the same. */
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
export const readQemuWords = (argv: readonly string[]): QemuWords | undefined => {
  if (argv[1] === 'guard' || !argv.includes('-S')) return undefined;
  const chardev = following(argv, '-chardev').find((option) => option.startsWith('socket,') && valueOf(option, 'id') === 'charmonitor');
  const monitor = chardev === undefined ? undefined : valueOf(chardev, 'path');
  if (monitor === undefined) return undefined;
  const uuid = following(argv, '-uuid')[0]?.toLowerCase() ?? dirname(monitor).split('/').at(-1) ?? '';
  if (!uuidPattern.test(uuid)) return undefined;
  const named = following(argv, '-name')[0];
  return { uuid, monitor, name: named === undefined ? undefined : (valueOf(named, 'guest') ?? valueOf(`${named}`, 'name')) };
};

/** Is this what the kernel says of a process that ended, or of one that isn't ours to look at? */
const notOurs = (error: unknown): boolean => ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(errnoOf(error) ?? '');

/** @returns undefined for another process; throws the system's error when it can't tell for now */
const lookAtProcess = async (pid: number): Promise<FoundQemu | undefined> => {
  const folder = `/proc/${pid}`;
  const argvOf = async () => (await readFile(`${folder}/cmdline`, 'utf8')).split('\0');
  const words = readQemuWords(await argvOf());
  if (words === undefined || (await stat(folder)).uid !== process.getuid?.()) return undefined;
  const identity = await identifyProcess(pid);
  // Read again under the start time: the number can't have become another's meanwhile.
  const again = identity === undefined ? undefined : readQemuWords(await argvOf());
  if (identity === undefined || again?.monitor !== words.monitor) return undefined;
  const log = await readlink(`${folder}/fd/1`).catch((error: unknown) => {
    if (mayPass(error) && !notOurs(error)) throw error;
    return undefined;
  });
  return { ...words, identity, log: log?.replace(/ \(deleted\)$/, '') };
};

/** How many processes are looked at at once: each takes a descriptor. */
const abreast = 8;

/**
 * Looks for QEMUs of this user that were started as we start them, whatever became of their files: by the command lines of all processes
 * (proc_pid_cmdline(5)). What the system refuses for a moment is asked again.
 */
export const findQemus = async (): Promise<QemuSearch> => {
  const found: FoundQemu[] = [];
  let complete = true;
  let entries: string[];
  try {
    entries = (await patiently(() => readdir('/proc'))).filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid);
  } catch {
    return { found, complete: false };
  }
  const look = async () => {
    for (let entry = entries.pop(); entry !== undefined; entry = entries.pop()) {
      const pid = Number(entry);
      try {
        const qemu = await patiently(() =>
          lookAtProcess(pid).catch((error: unknown) => (notOurs(error) ? undefined : Promise.reject(error))),
        );
        if (qemu !== undefined) found.push(qemu);
      } catch {
        complete = false; // told by the result: whoever asks must not take it for gone
      }
    }
  };
  await Promise.all(Array.from({ length: abreast }, look));
  return { found, complete };
};
