import type { BuiltGuest } from '../../guest/build-guest.ts';
import { guestCommandLine } from '../../guest/command-line.ts';
import { spawnProcess } from '../../processes/spawn-process.ts';

/** How a trial boot came out. */
export type TrialBoot =
  /** The kernel's user space was reached. `seconds` since QEMU was started. */
  | { readonly outcome: 'booted'; readonly seconds: number }
  /** QEMU ran, but Linux did not get to its user space in time; `printed` says whether it printed anything. */
  | { readonly outcome: 'hung'; readonly seconds: number; readonly printed: boolean }
  /** QEMU ended: its own words. */
  | { readonly outcome: 'exited'; readonly words: string };

/** What to boot, and how long to wait. */
export interface TrialBootOptions {
  readonly emulator: string;
  readonly accelerator: 'kvm' | 'tcg';
  readonly guest: BuiltGuest;
  /** Kernel command line instead of the usual one, for tests of a machine that is running and silent. */
  readonly commandLine?: string;
  /** Whole time, s; and how long a machine that prints nothing (more) is waited for, s. Real KVM needs 1 to 2 on an idle computer. */
  readonly limitSeconds?: number;
  readonly silenceSeconds?: number;
}

const prompt = 'demo:~# ';

/**
 * Boots a real kernel to its shell: `/dev/kvm` may open, QEMU may answer and firmware may run on hosts where Linux never
 * boots (nested or emulated virtualization), so only this tells. QEMU is ended in any case.
 */
export async function tryBoot(options: TrialBootOptions, signal: AbortSignal): Promise<TrialBoot> {
  signal.throwIfAborted();
  const { limitSeconds = 20, silenceSeconds = 6 } = options;
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const child = spawnProcess(
    options.emulator,
    [
      '-accel',
      options.accelerator,
      '-machine',
      'q35',
      '-m',
      '192',
      '-nodefaults',
      '-no-user-config',
      '-no-reboot',
      '-display',
      'none',
      '-monitor',
      'none',
      '-serial',
      'stdio',
      '-kernel',
      options.guest.kernel,
      '-initrd',
      options.guest.initrd,
      '-append',
      // earlyprintk: a kernel that runs at all prints within its first second, so silence tells early.
      options.commandLine ?? `${guestCommandLine({ autologin: true, ip: 'none', verbose: true })} earlyprintk=serial,ttyS0,115200`,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const { promise, resolve } = Promise.withResolvers<TrialBoot>();
  let printed = '';
  let words = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    printed = (printed + text).slice(-4096);
    silence.refresh();
    if (printed.includes(prompt)) resolve({ outcome: 'booted', seconds: seconds() });
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(0, 4096)));
  child.once('error', (error) => resolve({ outcome: 'exited', words: error.message }));
  const { promise: closed, resolve: settleClosed } = Promise.withResolvers<void>();
  child.once('close', () => {
    resolve({ outcome: 'exited', words: words.trim() });
    settleClosed();
  });
  const silence = setTimeout(() => {
    resolve({ outcome: 'hung', seconds: seconds(), printed: printed !== '' });
  }, silenceSeconds * 1000);
  const limit = setTimeout(() => resolve({ outcome: 'hung', seconds: seconds(), printed: printed !== '' }), limitSeconds * 1000);
  const abort = () => resolve({ outcome: 'exited', words: 'cancelled' });
  signal.addEventListener('abort', abort, { once: true });
  try {
    const result = await promise;
    signal.throwIfAborted();
    return result;
  } finally {
    clearTimeout(silence);
    clearTimeout(limit);
    signal.removeEventListener('abort', abort);
    child.kill('SIGKILL');
    await closed;
  }
}
