import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { copyFile, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { JobStep } from '../../shared/contract/jobs.ts';
import { TapestryError } from '../../shared/errors.ts';
import { jsonOrUndefined } from '../../shared/json.ts';
import { readIfThere, statIfThere } from '../files/if-there.ts';
import { makeNotedFolder, type NoteLeftover } from '../files/leftovers.ts';
import { withBuildLock } from './build-lock.ts';
import { type CpioEntry, writeCpio } from './cpio.ts';
import { cachedPackages, type DownloadNews, downloadPackages, unpackPackage } from './distribution-packages.ts';
import { toldProgress } from './told-progress.ts';
import { guestFiles, wantedModules } from './guest-files.ts';
import { collectModules } from './kernel-modules.ts';

/** A guest ready to boot: files for QEMU's `-kernel` and `-initrd`. */
export interface BuiltGuest {
  readonly kernel: string;
  readonly initrd: string;
  /** Release of the kernel (`6.1.0-56-cloud-amd64`). */
  readonly release: string;
}

/** One step of a build. `done` of `total` steps are behind us. */
export interface BuildStep {
  readonly step: JobStep['code'];
  readonly done: number;
  readonly total: number;
  /** Where it is fetched from. */
  readonly source?: string;
  /** How much of what is fetched is here, bytes. */
  readonly bytes?: { readonly done: number; readonly total: number };
}

const manifest = z.object({ release: z.string() });

/** Changes with everything of ours that goes into the initramfs. */
const recipe = createHash('sha256')
  .update(JSON.stringify([guestFiles, wantedModules, 1]))
  .digest('hex')
  .slice(0, 12);

const total = 4;

/** The guest of the cache, or undefined when it has to be built. Removes one whose manifest can't be understood. @throws the system's error when the cache can't be read */
export async function cachedGuest(cacheDirectory: string): Promise<BuiltGuest | undefined> {
  const folder = path.join(cacheDirectory, 'guest', recipe);
  const text = await readIfThere(path.join(folder, 'guest.json'));
  if (text === undefined) return undefined;
  const read = manifest.safeParse(jsonOrUndefined(text));
  if (!read.success) {
    // Cut short by a loss of power; nobody else writes it. In the way of the next one, were it left.
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }
  return { kernel: path.join(folder, 'vmlinuz'), initrd: path.join(folder, 'initrd.img'), release: read.data.release };
}

/**
 * Builds the guest into the cache: kernel and busybox from the distribution's packages, an initramfs of ours. At once and
 * without the network when the cache has it. Nothing is installed; root isn't needed.
 *
 * @param cacheDirectory `$XDG_CACHE_HOME/tapestry`
 * @param note gets the folder that it works in, for whoever comes after a kill
 * @throws TapestryError `host-missing` when packages or tools are missing; `deadline` when the network is silent; the abort's reason
 */
export async function* buildGuest(
  cacheDirectory: string,
  signal: AbortSignal,
  note: NoteLeftover = () => Promise.resolve(),
): AsyncGenerator<BuildStep, BuiltGuest> {
  const cached = await cachedGuest(cacheDirectory);
  if (cached !== undefined) return cached;
  const parent = path.join(cacheDirectory, 'guest');
  const packages = path.join(parent, 'packages');
  await mkdir(parent, { recursive: true, mode: 0o700 });
  // What other processes and we do in turn, with steps told between: a lock can't be held over a yield whose consumer may leave.
  yield { step: 'download', done: 0, total };
  const download = toldProgress<DownloadNews>(
    (tell, told) =>
      withBuildLock(path.join(parent, 'download.lock'), told, async () => {
        if ((await cachedPackages(packages)) === undefined) await downloadPackages(packages, told, { tell });
      }),
    signal,
  );
  for await (const news of download) yield { ...news, done: news.bytes === undefined ? 0 : news.bytes.done / news.bytes.total, total };
  yield { step: 'unpack', done: 1, total };
  const work = path.join(parent, `work-${randomUUID()}`);
  await makeNotedFolder(work, note);
  try {
    for (const each of (await cachedPackages(packages)) ?? []) await unpackPackage(each.file, path.join(work, 'root'), signal);
    yield { step: 'build-initramfs', done: 2, total };
    const release = await assemble(path.join(work, 'root'), path.join(work, 'guest'), signal);
    yield { step: 'store-guest', done: 3, total };
    await writeFile(path.join(work, 'guest/guest.json'), `${JSON.stringify({ release })}\n`);
    await rename(path.join(work, 'guest'), path.join(parent, recipe)).catch(async (error: unknown) => {
      // Another process was faster.
      if ((await cachedGuest(cacheDirectory)) === undefined) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  const built = await cachedGuest(cacheDirectory);
  if (built === undefined)
    throw new TapestryError('io', `The demo machine’s files in ${parent} disappeared while they were built.`, { next: 'Try again.' });
  return built;
}

/** Makes vmlinuz and initrd.img in `folder` of the packages unpacked under `root`. Returns the kernel's release. */
const assemble = async (root: string, folder: string, signal: AbortSignal): Promise<string> => {
  const images = (await readdir(path.join(root, 'boot'))).filter((name) => name.startsWith('vmlinuz-')).toSorted();
  const image = images.at(-1);
  if (image === undefined)
    throw new TapestryError('host-missing', 'The kernel package holds no kernel.', {
      next: 'Report this with the name of your distribution.',
    });
  const release = image.slice('vmlinuz-'.length);
  await mkdir(folder);
  await copyFile(path.join(root, 'boot', image), path.join(folder, 'vmlinuz'));
  const modulesFolder = await firstFolder([path.join(root, 'lib/modules', release), path.join(root, 'usr/lib/modules', release)]);
  const modules = await collectModules(modulesFolder, wantedModules);
  signal.throwIfAborted();
  const entries: CpioEntry[] = [
    ...(await busyboxEntries(root)),
    ...modules.map(({ name, content }): CpioEntry => ({ path: `lib/modules/${name}.ko`, kind: 'file', content })),
    { path: 'lib/modules/order', kind: 'file', content: modules.map(({ name }) => `${name}\n`).join('') },
    // Last, so that ours win over busybox's links of the same name.
    ...guestFiles,
  ];
  // Not compressed: an emulated CPU would need a second to unpack it.
  await writeFile(path.join(folder, 'initrd.img'), writeCpio(entries));
  return release;
};

const firstFolder = async (candidates: readonly string[]): Promise<string> => {
  for (const folder of candidates) if ((await readdir(folder).catch(() => [])).length > 0) return folder;
  throw new TapestryError('host-missing', 'The kernel package holds no modules.', {
    next: 'Report this with the name of your distribution.',
  });
};

/** The program, and a link for each of its applets. */
const busyboxEntries = async (root: string): Promise<CpioEntry[]> => {
  for (const file of ['bin/busybox', 'usr/bin/busybox']) {
    if ((await statIfThere(path.join(root, file))) === undefined) continue;
    const content = await readFile(path.join(root, file));
    const { stdout } = await promisify(execFile)(path.join(root, file), ['--list-full']);
    const applets = stdout.split('\n').filter((each) => each !== '' && each !== 'bin/busybox' && each !== 'linuxrc');
    return [
      { path: 'bin/busybox', kind: 'file', mode: 0o755, content },
      ...applets.map((each): CpioEntry => ({ path: each, kind: 'link', target: '/bin/busybox' })),
    ];
  }
  throw new TapestryError('host-missing', 'The busybox package holds no busybox.', {
    next: 'Report this with the name of your distribution.',
  });
};
