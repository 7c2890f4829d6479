import { createHash } from 'node:crypto';
import { mkdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { TapestryError } from '../../../shared/errors.ts';
import { writeFileAtomically } from '../../files/atomic-file.ts';
import { errnoOf } from '../../files/if-there.ts';
import { openSealedJson, sealedJson } from '../../files/sealed-json.ts';
import { capabilitiesOf, type QemuCapabilities } from './capabilities.ts';
import { probeEmulator } from './probe.ts';
import type { QmpExchange } from './replies.ts';

/** Raised whenever the probe asks something new, so that older answers are asked again. */
const FORMAT = 1;

const stored = z.object({
  format: z.literal(FORMAT),
  key: z.string(),
  exchanges: z.array(
    z.object({
      command: z.string(),
      arguments: z.record(z.string(), z.unknown()),
      // Absent where the answer was an error: newer emulators have dropped some devices that are asked for.
      result: z.unknown().optional(),
      error: z.object({ class: z.string(), desc: z.string() }).optional(),
    }),
  ),
});

/** Capabilities of emulators, asked for once per binary: kept in memory and on disk by path, size and time of change. */
export class CapabilitiesStore {
  readonly #directory: string;
  readonly #probe: (emulator: string) => Promise<QmpExchange[]>;
  readonly #known = new Map<string, Promise<QemuCapabilities>>();

  /**
   * @param directory where answers are kept; made when it isn't there
   * @param probe asks a binary; tests give their own
   */
  constructor(directory: string, probe: (emulator: string) => Promise<QmpExchange[]> = (emulator) => probeEmulator(emulator)) {
    this.#directory = directory;
    this.#probe = probe;
  }

  /**
   * What this emulator can do. Two askers at once share one probe; a probe that failed is made again.
   *
   * @throws TapestryError `qemu-missing`, `qemu-invalid`
   */
  async of(emulator: string): Promise<QemuCapabilities> {
    const key = await keyOf(emulator);
    const known = this.#known.get(key);
    if (known !== undefined) return await known;
    const asking = this.#readOrProbe(emulator, key);
    this.#known.set(key, asking);
    asking.catch(() => this.#known.delete(key));
    return await asking;
  }

  async #readOrProbe(emulator: string, key: string): Promise<QemuCapabilities> {
    const file = join(this.#directory, `${createHash('sha256').update(emulator).digest('hex').slice(0, 32)}.json`);
    const kept = await readKept(file, key);
    if (kept !== undefined) return capabilitiesOf(kept);
    const exchanges = await this.#probe(emulator);
    const capabilities = capabilitiesOf(exchanges);
    await this.#keep(file, sealedJson({ format: FORMAT, key, exchanges }));
    return capabilities;
  }

  /** A cache that can't be written costs time at the next start and nothing else. */
  async #keep(file: string, text: string): Promise<void> {
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      await writeFileAtomically(file, text, 0o600, false);
    } catch (error) {
      if (!(error instanceof TapestryError) && errnoOf(error) === undefined) throw error;
    }
  }
}

/** KVM can come and go without the binary changing; it belongs to what was asked. */
const keyOf = async (emulator: string): Promise<string> => {
  try {
    const [path, { size, mtimeMs }, kvm] = await Promise.all([
      realpath(emulator),
      stat(emulator),
      stat('/dev/kvm').then(
        ({ mode, uid, gid }) => `${mode}:${uid}:${gid}`,
        () => 'none',
      ),
    ]);
    return `${path}:${size}:${mtimeMs}:${kvm}`;
  } catch (cause) {
    throw new TapestryError('qemu-missing', `The emulator ${emulator} isn't there.`, {
      path: '/domain/devices/emulator',
      next: 'Install QEMU (Debian: package qemu-system-x86), or correct <emulator> in the XML.',
      cause,
    });
  }
};

/** What was kept for this very binary; undefined when there is nothing, or it can't be read or is damaged (then it's asked again). */
const readKept = async (file: string, key: string): Promise<QmpExchange[] | undefined> => {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  // A cache file that is cut short or damaged is asked again and overwritten.
  const read = stored.safeParse(openSealedJson(text));
  if (!read.success || read.data.key !== key) return undefined;
  return read.data.exchanges.map(({ command, arguments: args, result, error }) =>
    error === undefined ? { command, arguments: args, result } : { command, arguments: args, error },
  );
};
