import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { maxShot } from '../../shared/contract/screens.ts';
import { TapestryError } from '../../shared/errors.ts';
import type { ScreenMachine, ScreenSource } from './screen-source.types.ts';

/** A picture of a screen. */
export interface ScreenShot {
  /** Base64. */
  readonly png: string;
  readonly width: number;
  readonly height: number;
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Bytes up to the end of width and height, which stand at 16 (PNG, 11.2.2 IHDR). */
const headLength = 24;

/**
 * The picture now, by QEMU's `screendump` (PNG since QEMU 7.1) into a file that only we can read, gone afterwards.
 *
 * @param screen of which device and head; undefined: the first that QEMU has
 * @throws TapestryError `wrong-state`, `qmp`, `unsupported-operation` where this QEMU makes no PNG, `limit`, `io`, `cancelled`
 */
export async function takeShot(
  source: ScreenSource,
  machine: ScreenMachine,
  screen: { readonly video: string; readonly head: number } | undefined,
  signal: AbortSignal,
): Promise<ScreenShot> {
  if (machine.runtime === null) throw new TapestryError('wrong-state', `“${machine.name}” is off: it shows nothing.`);
  const filename = join(machine.runtime, `shot-${randomBytes(6).toString('hex')}.png`);
  // Ours before QEMU writes into it: it keeps the mode.
  const file = await open(filename, 'wx+', 0o600);
  try {
    try {
      const of = screen === undefined ? {} : { device: screen.video, head: screen.head };
      const what = { filename, format: 'png', ...of };
      await source.ask(machine.uuid, 'photographed', 'screendump', what, signal);
    } catch (error) {
      throw withoutPng(error) ?? error;
    }
    const { size } = await file.stat();
    if (size > maxShot) {
      throw new TapestryError('limit', `The picture of “${machine.name}” is larger than ${maxShot / 1024 / 1024} MiB as a PNG.`, {
        next: 'Give the guest a smaller screen.',
      });
    }
    const png = Buffer.alloc(size);
    const { bytesRead } = await file.read(png, 0, size, 0);
    if (bytesRead < headLength || !png.subarray(0, signature.length).equals(signature))
      throw new TapestryError('io', 'QEMU’s picture is no PNG.', { detail: `${bytesRead} bytes` });
    return { png: png.toString('base64'), width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
  } finally {
    await file.close();
    await rm(filename, { force: true });
  }
}

/** Of QEMU before 7.1, whose command has no such argument, and of one that was built without libpng. */
function withoutPng(error: unknown): TapestryError | undefined {
  if (!(error instanceof TapestryError) || !/'format'|libpng|PNG/.test(error.data.detail ?? '')) return undefined;
  return new TapestryError('unsupported-operation', 'This QEMU makes no PNG of a screen.', {
    next: 'Use QEMU 7.1 or newer, built with libpng.',
    ...(error.data.detail === undefined ? {} : { detail: error.data.detail }),
    cause: error,
  });
}
