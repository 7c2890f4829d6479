import { access, readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

/** The part of a firmware descriptor (QEMU's docs/interop/firmware.json) that says: UEFI, for which architecture, in which file. */
const descriptor = z.object({
  'interface-types': z.array(z.string()),
  mapping: z.object({ executable: z.object({ filename: z.string() }).optional(), filename: z.string().optional() }),
  targets: z.array(z.object({ architecture: z.string() })),
});

const folders = ['/etc/qemu/firmware', '/usr/share/qemu/firmware'];

/** Path of a UEFI firmware for the architecture; undefined when none is installed. */
export async function findUefiFirmware(architecture = 'x86_64', searched: readonly string[] = folders): Promise<string | undefined> {
  for (const folder of searched) {
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json')).toSorted();
    for (const name of names) {
      // A broken descriptor is the distribution's business, not a reason to find none.
      const found = await readFile(path.join(folder, name), 'utf8')
        .then((text) => descriptor.safeParse(JSON.parse(text)).data)
        .catch(() => undefined);
      const file = found?.mapping.executable?.filename ?? found?.mapping.filename;
      if (found === undefined || file === undefined) continue;
      if (!found['interface-types'].includes('uefi') || !found.targets.some((target) => target.architecture === architecture)) continue;
      const there = await access(file).then(
        () => true,
        () => false,
      );
      if (there) return file;
    }
  }
  return undefined;
}
