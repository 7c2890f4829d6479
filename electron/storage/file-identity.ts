import type { Stats } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { isMissing } from '../files/if-there.ts';

/** What a file or block device is, as one word, whatever leads to it. */
export function identityOfStats(stats: Stats): string {
  return stats.isBlockDevice() ? `device ${stats.rdev}` : `${stats.dev}:${stats.ino}`;
}

/**
 * What a path leads to, as one word: the same for each path that leads to the same file or device (links, hard links, bind mounts, `/a/./b`).
 * undefined where nothing is there, or where it can't be reached.
 */
export async function identityOf(path: string): Promise<string | undefined> {
  try {
    return identityOfStats(await stat(path));
  } catch {
    return undefined; // what can't be reached is nobody's as far as we can tell; who opens it hears why
  }
}

/** Names that sysfs gives a loop device. */
const loopName = /^loop\d+$/;

/** A loop device and the file behind it. */
export interface LoopDevice {
  readonly device: string;
  readonly file: string;
}

/** The loop devices of this computer that have a file (sysfs-block, `loop/backing_file`). */
export async function loopDevices(): Promise<readonly LoopDevice[]> {
  const names = await readdir('/sys/block').catch((error: unknown) => {
    if (isMissing(error)) return []; // a container without sysfs
    throw error;
  });
  const found = await Promise.all(
    names
      .filter((name) => loopName.test(name))
      .map(async (name) => {
        // Without a file there is no such attribute.
        const file = await readFile(`/sys/block/${name}/loop/backing_file`, 'utf8').catch(() => '');
        return file === '' ? [] : [{ device: `/dev/${name}`, file: file.trimEnd() }];
      }),
  );
  return found.flat();
}
