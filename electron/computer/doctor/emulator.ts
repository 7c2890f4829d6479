import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Version that a QEMU program prints with `--version` (`7.2.22`); undefined when it isn't one. */
export async function programVersion(file: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(file, ['--version'], { timeout: 10_000, env: { ...process.env, LC_ALL: 'C' } });
    return /version (\d+(?:\.\d+)+)/.exec(stdout)?.[1];
  } catch {
    // Whatever its reason: a program that can't say its version isn't usable as QEMU.
    return undefined;
  }
}

/** Name of QEMU's system emulator for this computer's own architecture. */
export function emulatorName(arch = process.arch): string {
  return `qemu-system-${arch === 'arm64' ? 'aarch64' : 'x86_64'}`;
}
