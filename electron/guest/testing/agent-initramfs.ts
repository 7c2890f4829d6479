import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { statIfThere } from '../../files/if-there.ts';
import type { BuiltGuest } from '../build-guest.ts';
import { type CpioEntry, writeCpio } from '../cpio.ts';
import { downloadPackages, unpackPackage } from '../distribution-packages.ts';

/** Where the program is in the guest. */
export const agentProgram = '/usr/sbin/qemu-ga';

/**
 * The guest's initramfs with the distribution's own `qemu-ga` in it, taken out of its package: nothing is installed. Its libraries are this
 * computer's, which QEMU needs too; the package and they are of one distribution.
 *
 * @param folder where the image is made
 * @returns its path, or why it can't be had here
 */
export async function agentInitramfs(guest: BuiltGuest, folder: string, signal: AbortSignal): Promise<{ image: string } | { why: string }> {
  const packages = path.join(path.dirname(guest.kernel), '../../guest-agent');
  const work = await mkdtemp(path.join(folder, 'agent-'));
  try {
    if ((await statIfThere(packages)) === undefined)
      await downloadPackages(packages, signal, { wanted: () => Promise.resolve(['qemu-guest-agent']) });
    for (const name of await readdir(packages)) await unpackPackage(path.join(packages, name), work, signal);
    const program = path.join(work, agentProgram);
    const { stdout } = await promisify(execFile)('ldd', [program], { signal });
    const lost = /^\s*(\S+) => not found/m.exec(stdout)?.[1];
    if (lost !== undefined) return { why: `qemu-ga's library ${lost} isn't on this computer` };
    const libraries = [...stdout.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].flatMap(([, file]) => (file === undefined ? [] : [file]));
    const entries: CpioEntry[] = [{ path: agentProgram.slice(1), kind: 'file', mode: 0o755, content: await readFile(program) }];
    for (const file of libraries) entries.push({ path: file.slice(1), kind: 'file', mode: 0o755, content: await readFile(file) });
    const image = path.join(folder, 'agent.img');
    // The kernel unpacks archives one after another (Documentation/driver-api/early-userspace/buffer-format.rst).
    await writeFile(image, Buffer.concat([await readFile(guest.initrd), writeCpio(entries)]));
    return { image };
  } catch (error) {
    return { why: `qemu-ga's package can't be had: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
