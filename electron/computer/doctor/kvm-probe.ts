import { mkdir, stat } from 'node:fs/promises';
import { release } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { jsonOrUndefined } from '../../../shared/json.ts';
import type { NoteLeftover } from '../../files/leftovers.ts';
import { SpareFile, type SpareReading } from '../../files/spare-file.ts';
import { buildGuest, cachedGuest } from '../../guest/build-guest.ts';
import { type KvmHostFacts, findKvmObstacle, gatherKvmFacts } from './kvm-access.ts';
import { type TrialBoot, type TrialBootOptions, tryBoot } from './trial-boot.ts';

/** Is KVM usable here? `untested`: it can be opened, but no kernel was booted with it yet. */
export interface KvmVerdict {
  readonly usable: 'yes' | 'no' | 'untested';
  /** One sentence. */
  readonly message: string;
  /** The command that mends it, if one does. */
  readonly command?: string;
  readonly detail?: string;
}

/** What the probe works with. The functions are for tests of hosts that aren't at hand. */
export interface KvmProbeOptions {
  /** Where the last result is kept (`$XDG_STATE_HOME/tapestry`). */
  readonly stateDirectory: string;
  /** `$XDG_CACHE_HOME/tapestry`: the guest that is booted is built there. */
  readonly cacheDirectory: string;
  /** Path of QEMU; undefined when there is none. */
  readonly emulator: () => Promise<string | undefined>;
  readonly gather?: () => Promise<KvmHostFacts>;
  readonly boot?: (options: TrialBootOptions, signal: AbortSignal) => Promise<TrialBoot>;
}

const stored = z.object({ key: z.string(), usable: z.enum(['yes', 'no']), message: z.string(), detail: z.string().optional() });

/** Tries KVM rather than assuming it; a result holds until the kernel or QEMU changes. */
export class KvmProbe {
  readonly #options: KvmProbeOptions;
  #trying: Promise<KvmVerdict> | undefined;

  constructor(options: KvmProbeOptions) {
    this.#options = options;
  }

  /** What is known without booting anything: an obstacle in the way, or the last trial's result. Takes milliseconds. */
  async known(): Promise<KvmVerdict> {
    const obstacle = findKvmObstacle(await (this.#options.gather ?? gatherKvmFacts)());
    if (obstacle !== null) return { usable: 'no', ...obstacle };
    const { value: last, trouble } = await this.#stored();
    if (last === undefined)
      return {
        usable: 'untested',
        message: '/dev/kvm can be opened; no kernel was booted with it yet.',
        ...(trouble === undefined ? {} : { detail: `What came of the last trial can't be told: ${trouble.message}` }),
      };
    return { usable: last.usable, message: last.message, ...(last.detail === undefined ? {} : { detail: last.detail }) };
  }

  /** As {@link known}, and boots a kernel when that isn't known yet. */
  async ensure(signal: AbortSignal, note?: NoteLeftover): Promise<KvmVerdict> {
    const known = await this.known();
    return known.usable === 'untested' ? await this.test(signal, note) : known;
  }

  /**
   * What a machine that asks for KVM must know before it starts: as {@link known}, and where that isn't known yet, a kernel is booted
   * first, if one is at hand. Otherwise a machine on a host that only pretends to have KVM would run and stay silent. Nothing is fetched
   * for it, and it happens once per kernel and QEMU.
   */
  async beforeStart(signal: AbortSignal): Promise<KvmVerdict> {
    const known = await this.known();
    if (known.usable !== 'untested' || (await cachedGuest(this.#options.cacheDirectory)) === undefined) return known;
    return await this.test(signal);
  }

  /**
   * Boots a kernel under KVM (1 to 2 s where KVM works, 20 s at most) and remembers what came out. Callers at the same time share one trial.
   *
   * @param note gets what is made on the way, for whoever comes after a kill
   * @throws TapestryError `host-missing` when the guest can't be built; the abort's reason
   */
  async test(signal: AbortSignal, note?: NoteLeftover): Promise<KvmVerdict> {
    const obstacle = findKvmObstacle(await (this.#options.gather ?? gatherKvmFacts)());
    if (obstacle !== null) return { usable: 'no', ...obstacle };
    this.#trying ??= this.#boot(signal, note).finally(() => (this.#trying = undefined));
    return await this.#trying;
  }

  async #boot(signal: AbortSignal, note?: NoteLeftover): Promise<KvmVerdict> {
    const emulator = await this.#options.emulator();
    if (emulator === undefined) return { usable: 'untested', message: 'KVM can’t be tried without QEMU.' };
    const building = buildGuest(this.#options.cacheDirectory, signal, note);
    let built = await building.next();
    while (built.done !== true) built = await building.next();
    const verdict = verdictOf(await (this.#options.boot ?? tryBoot)({ emulator, accelerator: 'kvm', guest: built.value }, signal));
    await mkdir(this.#options.stateDirectory, { recursive: true, mode: 0o700 });
    // Where something stands there that isn't ours, this is tried again the next time; known() says why.
    if ((await this.#kept.read()).trouble === undefined)
      await this.#kept.write(`${JSON.stringify({ key: await this.#key(), ...verdict })}\n`);
    return verdict;
  }

  get #kept(): SpareFile<z.output<typeof stored>> {
    return new SpareFile(path.join(this.#options.stateDirectory, 'kvm.json'), (text) => stored.safeParse(jsonOrUndefined(text)).data);
  }

  /** What a result depends on: host kernel and QEMU binary. */
  async #key(): Promise<string> {
    const emulator = await this.#options.emulator();
    const file = emulator === undefined ? undefined : await stat(emulator);
    return [release(), emulator, file?.size, file?.mtimeMs].join(' ');
  }

  /** The last trial's result where it still holds. */
  async #stored(): Promise<SpareReading<z.output<typeof stored>>> {
    const reading = await this.#kept.read();
    return reading.value === undefined || reading.value.key === (await this.#key()) ? reading : { value: undefined };
  }
}

const verdictOf = (boot: TrialBoot): { usable: 'yes' | 'no'; message: string; detail?: string } => {
  switch (boot.outcome) {
    case 'booted':
      return { usable: 'yes', message: `KVM works: a Linux kernel booted in ${boot.seconds.toFixed(1)} s.` };
    case 'hung':
      return {
        usable: 'no',
        message: boot.printed
          ? `KVM does not work here: a Linux kernel began to boot and was not ready after ${Math.round(boot.seconds)} s.`
          : `KVM does not work here: /dev/kvm opens, but a Linux kernel printed nothing within ${Math.round(boot.seconds)} s.`,
        detail: 'Some hosts that are virtual machines themselves pretend to offer KVM. Machines run with emulation (TCG) here.',
      };
    default:
      return { usable: 'no', message: 'KVM does not work here: QEMU ended when it should have used it.', detail: boot.words };
  }
};
