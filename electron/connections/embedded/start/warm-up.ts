import { newDomain } from '../../../../shared/domain-xml/index.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import type { QemuCapabilities } from '../../../qemu/capabilities/capabilities.ts';
import { machinePaths } from '../ports/machine-paths.ts';
import type { Backend, EmbeddedDirectories } from '../ports/ports.ts';

/** How long after the opening the plan is tried, ms: first the window gets what it asks for. */
const planAfter = 1_500;

/** What {@link warmUp} uses. */
export interface WarmUpOptions {
  readonly findEmulator: () => Promise<string | undefined>;
  readonly capabilities: (emulator: string) => Promise<QemuCapabilities>;
  readonly backend: Pick<Backend, 'complete' | 'prepare'>;
  readonly directories: EmbeddedDirectories;
  /** Gets defects of ours. */
  readonly log: (error: unknown, where: string) => void;
}

/**
 * Does beforehand, while the user looks around, what the first start would wait for: asks the emulator what it can, and plans a machine
 * that is never started (some 40 ms of processor time while V8 knows the code of define and plan only by its text, a third of it later).
 * What is wrong with the emulator is told where it is needed.
 *
 * @returns ends it: what has not begun doesn't begin any more, and what has is waited for, since it writes what it learns
 */
export function warmUp({ findEmulator, capabilities, backend, directories, log }: WarmUpOptions): () => Promise<void> {
  const failed = (error: unknown) => {
    // What is wrong with the emulator, a start says; anything else is a defect of ours.
    if (!(error instanceof TapestryError)) log(error, 'preparing the first start ahead');
  };
  const plan = async () => {
    const emulator = await findEmulator();
    if (emulator === undefined) return;
    await capabilities(emulator);
    const xml = backend.complete(
      newDomain({
        name: 'never-started',
        type: 'qemu',
        emulator,
        memoryKiB: 1024 * 1024,
        vcpus: 1,
        disks: [{ file: '/dev/null', format: 'raw' }],
        interfaces: [{ source: { type: 'user' } }],
        guestAgent: true,
      }),
    );
    await backend.prepare(xml, machinePaths(directories, 'never-started'));
  };
  const asked = (async () => {
    const emulator = await findEmulator();
    if (emulator !== undefined) await capabilities(emulator);
  })().catch(failed);
  let planned: Promise<void> | undefined;
  const timer = setTimeout(() => {
    planned = plan().catch(failed);
  }, planAfter).unref();
  return async () => {
    clearTimeout(timer);
    await asked;
    await planned;
  };
}
