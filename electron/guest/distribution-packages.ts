import { execFile } from 'node:child_process';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { TapestryError } from '../../shared/errors.ts';
import { isMissing } from '../files/if-there.ts';
import { runApt, withoutNetwork } from './apt.ts';

const run = promisify(execFile);

/** A package of the distribution, downloaded. */
export interface DownloadedPackage {
  readonly name: string;
  readonly file: string;
}

/** Kernels that fit the guest, best first: Debian's cloud kernel is small and has virtio; Ubuntu's is the same idea. */
const kernels = ['linux-image-cloud-amd64', 'linux-image-virtual', 'linux-image-amd64'];

/** apt with package lists of its own in `folder`: works without root and where the system's lists are empty. */
const privateLists = (folder: string): string[] => [
  '-o',
  `Dir::State=${folder}/state`,
  '-o',
  `Dir::State::lists=${folder}/state/lists`,
  '-o',
  `Dir::Cache=${folder}/cache`,
  '-o',
  'Dir::State::status=/var/lib/dpkg/status',
  '-o',
  'Debug::NoLocking=1',
  '-o',
  'APT::Sandbox::User=',
];

const missing = (
  what: string,
  cause?: unknown,
  next = 'It needs apt-get and dpkg-deb (Debian, Ubuntu) and, the first time, the network.',
): TapestryError =>
  new TapestryError('host-missing', `The demo machine can’t be built: ${what}.`, {
    next,
    ...(cause === undefined ? {} : { detail: cause instanceof Error ? cause.message : JSON.stringify(cause), cause }),
  });

/** Names of the packages a package depends on directly. Empty when apt doesn't know it. */
const dependencies = async (apt: readonly string[], name: string, signal: AbortSignal): Promise<string[]> => {
  try {
    const { stdout } = await run('apt-cache', [...apt, 'depends', '--important', name], { signal, env: { ...process.env, LC_ALL: 'C' } });
    return [...stdout.matchAll(/^\s*\|?(?:Pre)?Depends:\s*([^\s:<>]+)/gm)].flatMap((match) => (match[1] === undefined ? [] : [match[1]]));
  } catch (cause) {
    if (signal.aborted) throw cause;
    if (isMissing(cause)) throw missing('apt isn’t on this computer', cause);
    return [];
  }
};

/** The packages that hold kernel and modules, without the umbrella packages above them. */
const kernelPackages = async (apt: readonly string[], signal: AbortSignal): Promise<string[]> => {
  for (const umbrella of kernels) {
    const image = (await dependencies(apt, umbrella, signal)).find((name) => /^linux-image-(?:unsigned-)?\d/.test(name));
    if (image === undefined) continue;
    const modules = (await dependencies(apt, image, signal)).filter((name) => /^linux-modules-\d/.test(name));
    return [image, ...modules];
  }
  return [];
};

/** How a download is followed. */
export interface DownloadOptions {
  /** Names of other packages (for tests). */
  readonly wanted?: Wanted;
  readonly tell?: ((news: DownloadNews) => void) | undefined;
  /** How long the network may be silent, ms. */
  readonly patience?: number;
}

/** What is fetched now: from where, and how much of it is here, bytes; unknown lengths are left out. */
export interface DownloadNews {
  readonly step: 'fetch-lists' | 'download';
  readonly source?: string;
  readonly bytes?: { readonly done: number; readonly total: number };
}

/** Where the lists of packages come from, when nothing more is known. */
const archive = 'The archive of the distribution';

/** Bounds of each connection, and no second try: whoever waits is told soon. */
const bounded = ['-o', 'Acquire::Retries=0', '-o', 'Acquire::http::Timeout=20', '-o', 'Acquire::https::Timeout=20'];

/** A failure of the network in one sentence; what has a sentence of its own stays as it is. */
const unreachable = (what: string, cause: unknown): TapestryError =>
  cause instanceof TapestryError
    ? new TapestryError(cause.code, `The demo machine can’t be built: ${cause.message}`, { ...cause.data, cause })
    : missing(what, cause, withoutNetwork);

/** apt with fresh lists of its own, in `folder`; and what it could not fetch, in its own words. */
const refreshedLists = async (
  folder: string,
  signal: AbortSignal,
  { tell, patience }: Following,
): Promise<{ readonly apt: string[]; readonly failed: string }> => {
  const apt = privateLists(folder);
  for (const each of ['state/lists/partial', 'cache/archives/partial']) await mkdir(path.join(folder, each), { recursive: true });
  tell?.({ step: 'fetch-lists' });
  const failed = await runApt([...apt, ...bounded, '-qq', 'update'], { signal, patience, from: archive }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw isMissing(cause) ? missing('apt isn’t on this computer', cause) : unreachable('the package lists can’t be fetched', cause);
  });
  return { apt, failed };
};

type Following = Pick<DownloadOptions, 'tell'> & { readonly patience: number };

/** What apt would fetch: the host it comes from, and the bytes in all. Pure. @param uris output of `apt-get --print-uris download` */
export function planned(uris: string): { readonly source: string | undefined; readonly total: number } {
  const lines = [...uris.matchAll(/^'(?:\w+\+)?(\w+):\/\/([^/']*)[^']*' \S+ (\d+)/gm)];
  const hosts = new Set(lines.map(([, scheme, host]) => (host === undefined || host === '' ? scheme : host.replace(/^.*@/, ''))));
  return {
    source: hosts.size === 0 ? undefined : [...hosts].join(', '),
    total: lines.reduce((sum, [, , , size]) => sum + Number(size), 0),
  };
}

/** Names of packages, as this apt knows them; none where it doesn't. */
type Wanted = (apt: readonly string[], signal: AbortSignal) => Promise<readonly string[]>;

const guestPackages: Wanted = async (apt, signal) => {
  const kernel = await kernelPackages(apt, signal);
  return kernel.length === 0 ? [] : ['busybox-static', ...kernel];
};

/** Looks the packages up and downloads them. @returns false when this apt doesn't know or can't get them */
const tryDownload = async (
  apt: readonly string[],
  wanted: Wanted,
  folder: string,
  signal: AbortSignal,
  { tell, patience }: Following,
): Promise<{ readonly failure?: unknown; readonly ok: boolean }> => {
  const names = await wanted(apt, signal);
  if (names.length === 0) return { ok: false };
  let source: string | undefined;
  try {
    const from = [...apt, ...bounded, '-qq', '-o', 'APT::Sandbox::User='];
    const { stdout } = await run('apt-get', [...from, '--print-uris', 'download', ...names], {
      signal,
      env: { ...process.env, LC_ALL: 'C' },
    });
    const plan = planned(stdout);
    ({ source } = plan);
    const step = 'download';
    const at = (part: number): DownloadNews => ({
      step,
      ...(source === undefined ? {} : { source }),
      ...(plan.total === 0 ? {} : { bytes: { done: Math.round(plan.total * part), total: plan.total } }),
    });
    tell?.(at(0));
    await runApt([...from, 'download', ...names], {
      cwd: folder,
      signal,
      patience,
      from: source ?? archive,
      tell: ({ part }) => tell?.(at(part)),
    });
    return { ok: true };
  } catch (cause) {
    signal.throwIfAborted();
    return { ok: false, failure: unreachable(`its packages can’t be downloaded${source === undefined ? '' : ` from ${source}`}`, cause) };
  }
};

/**
 * Downloads kernel and busybox packages into `folder` with apt; nothing is installed and root isn't needed. The system's
 * package lists are tried first, then fresh ones of our own: the system's may be empty, or name a kernel that the archive
 * has replaced since. The folder appears only when it is complete.
 *
 * @throws TapestryError `host-missing` when apt, the packages or the network aren't there; `deadline` when the network is silent; the
 * abort's reason
 */
export async function downloadPackages(
  folder: string,
  signal: AbortSignal,
  { wanted = guestPackages, tell, patience = 45_000 }: DownloadOptions = {},
): Promise<void> {
  const following = { tell, patience };
  const lists = `${folder}.lists`;
  const fresh = `${folder}.new`;
  try {
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { recursive: true });
    let outcome = await tryDownload([], wanted, fresh, signal, following);
    if (!outcome.ok) {
      const { apt, failed } = await refreshedLists(lists, signal, following);
      outcome = await tryDownload(apt, wanted, fresh, signal, following);
      // Without lists no package is known; that isn't the distribution's fault.
      if (!outcome.ok && outcome.failure === undefined && failed !== '')
        throw missing('the package lists can’t be fetched', new Error(failed), withoutNetwork);
    }
    if (!outcome.ok) throw outcome.failure ?? missing('this distribution has no kernel package that fits');
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
  } finally {
    await rm(fresh, { recursive: true, force: true });
    await rm(lists, { recursive: true, force: true });
  }
}

/** The packages that lie in `folder`: enough for a build without the network, or undefined. */
export async function cachedPackages(folder: string): Promise<DownloadedPackage[] | undefined> {
  const names = await readdir(folder).catch(() => []);
  const found = names
    .filter((name) => name.endsWith('.deb'))
    .map((name) => ({ name: name.split('_')[0] ?? name, file: path.join(folder, name) }));
  const has = (pattern: RegExp) => found.some(({ name }) => pattern.test(name));
  return has(/^busybox-static$/) && has(/^linux-image-/) ? found : undefined;
}

/** Unpacks a package's files. @throws TapestryError `host-missing` when that fails */
export async function unpackPackage(file: string, folder: string, signal: AbortSignal): Promise<void> {
  await run('dpkg-deb', ['-x', file, folder], { signal }).catch((cause: unknown) => {
    throw signal.aborted ? cause : missing(`${path.basename(file)} can’t be unpacked`, cause);
  });
}
