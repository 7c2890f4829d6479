import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { TapestryError } from '../../shared/errors.ts';
import { preparePrivateDirectory, type PrivateDirectoryOptions } from './private-directory.ts';

/** Where everything of one user is (XDG base directory specification). All are absolute. */
export interface Paths {
  /** Settings. */
  readonly config: string;
  /** Definitions: `<name>.xml`. */
  readonly machines: string;
  /**
   * Records and sockets of what runs now, beside the state: not where the login's directory goes at logout, nor hanging on an environment that
   * cron, sudo or ssh have otherwise. Short enough that `<sockets>/<uuid>/<12 characters>` fits a socket address.
   */
  readonly sockets: string;
  /** The login's directory (basedir-spec, XDG_RUNTIME_DIR): what serves this login alone, in memory. */
  readonly runtime: string;
  /** Where earlier versions kept what runs: in the login's directory, as it may be called. */
  readonly formerSockets: readonly string[];
  /** The owner's lock and note, logs, console recordings. */
  readonly state: string;
  readonly logs: string;
  readonly recordings: string;
  /** Where new disk images go. */
  readonly images: string;
  readonly cache: string;
  /** Where the owner of the state directory serves the other hosts of this user. */
  readonly hostSocket: string;
}

/** What the paths depend on. */
export interface PathsInput {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  readonly home: string;
  /** Is there a directory of this name? Asked for /run/user/UID. */
  readonly exists: (directory: string) => boolean;
}

/** sun_path holds 108 bytes with its end (unix(7)); of these a machine's directory and socket take `/<uuid>/<12 characters>`. */
const longestSocketDirectory = 107 - 37 - 13;

/** The directory itself where a socket's address has room for what goes below it; else one under /tmp that is named after it. */
const shortened = (directory: string, uid: number): string =>
  Buffer.byteLength(directory) <= longestSocketDirectory
    ? directory
    : `/tmp/tapestry-${uid}-${createHash('sha256').update(directory).digest('hex').slice(0, 12)}`;

/**
 * The directories of a user. A relative XDG value is ignored, as its specification says. Without `XDG_RUNTIME_DIR` root
 * takes `/run`, others `/run/user/UID` where the login made one, else a directory of their own under /tmp.
 */
export function resolvePaths(input: PathsInput): Paths {
  const { env, uid, home } = input;
  const base = (name: string, fallback: string): string => {
    const value = env[name];
    return path.join(value !== undefined && path.isAbsolute(value) ? value : fallback, 'tapestry');
  };
  const config = base('XDG_CONFIG_HOME', path.join(home, '.config'));
  const state = base('XDG_STATE_HOME', path.join(home, '.local/state'));
  const sockets = shortened(path.join(state, 'run'), uid);
  const runtime = base('XDG_RUNTIME_DIR', runtimeFallback(input));
  const former = [runtime, ...[loginDirectory(uid), ownDirectory(uid)].map((directory) => path.join(directory, 'tapestry'))];
  return {
    config,
    machines: path.join(config, 'machines'),
    sockets,
    runtime,
    formerSockets: [...new Set(former.map((directory) => shortened(directory, uid)))],
    state,
    logs: path.join(state, 'logs'),
    recordings: path.join(state, 'recordings'),
    images: path.join(base('XDG_DATA_HOME', path.join(home, '.local/share')), 'images'),
    cache: base('XDG_CACHE_HOME', path.join(home, '.cache')),
    hostSocket: path.join(shortened(runtime, uid), 'host.sock'),
  };
}

const loginDirectory = (uid: number): string => (uid === 0 ? '/run' : `/run/user/${uid}`);
const ownDirectory = (uid: number): string => `/tmp/tapestry-runtime-${uid}`;

function runtimeFallback({ uid, exists }: PathsInput): string {
  const login = loginDirectory(uid);
  return uid === 0 || exists(login) ? login : ownDirectory(uid);
}

/** {@link resolvePaths} for this process. */
export function ownPaths(): Paths {
  return resolvePaths({ env: process.env, uid: process.getuid?.() ?? 0, home: homedir(), exists: existsSync });
}

/**
 * Makes the directories that a host needs, for their user alone (0700), and checks those that are there: code, sockets and keys are
 * taken from them. Those of the user's home may be links; in /tmp another user could have made one first.
 * @throws TapestryError `io` when one is somebody else's, open to others, or no directory
 */
export async function preparePaths(paths: Paths): Promise<void> {
  const { config, machines, runtime, hostSocket, sockets, state, logs, recordings, cache } = paths;
  const own = { followLink: true };
  // Side by side, each folder after the one that it is in: every command waits for this.
  const outcomes = await Promise.allSettled([
    prepareInOrder([config, machines], own),
    prepareInOrder([state, logs, recordings], own).then(async () => await preparePrivateDirectory(sockets)),
    prepareInOrder([cache], own),
    prepareInOrder([...new Set([runtime, path.dirname(hostSocket)])]),
  ]);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

async function prepareInOrder(directories: readonly string[], options?: PrivateDirectoryOptions): Promise<void> {
  for (const directory of directories) await preparePrivateDirectory(directory, options);
}

const packageFile = z.object({ version: z.string() });

/** The version of this program, as its package.json says. @throws TapestryError `host-missing` when that file isn't there */
export async function tapestryVersion(): Promise<string> {
  return packageFile.parse(JSON.parse(await readFile(path.join(programRoot(), 'package.json'), 'utf8'))).version;
}

/**
 * The folder of this program: a checkout, or the package (an archive in the desktop app). Found from this file upwards, since
 * built code lies at another depth than its source. Read once, at startup.
 */
export function programRoot(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (existsSync(file) && /"name"\s*:\s*"tapestry"/.test(readFileSync(file, 'utf8'))) return folder;
    if (path.dirname(folder) === folder)
      throw new TapestryError('host-missing', 'Tapestry’s own files are not complete.', {
        next: 'Install it again.',
        detail: `no package.json above ${from}`,
      });
  }
}
