import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { capabilitiesOf, type QemuCapabilities } from '../capabilities/capabilities.ts';
import { parseReplies } from '../capabilities/replies.ts';

/** libvirt's test data, beside the project; absent in most checkouts. */
export const conformanceFolder = resolve(import.meta.dirname, '../../../../shared/conformance');

/** Why tests that read it are skipped; undefined where it is there. */
export const conformanceMissing = existsSync(join(conformanceFolder, 'corpus'))
  ? undefined
  : `libvirt's test data is not at ${conformanceFolder}`;

/** Capabilities of a recorded QEMU, from a file of its answers. */
export function readRecording(file: string): QemuCapabilities {
  return capabilitiesOf(parseReplies(readFileSync(file, 'utf8')));
}

/** Capabilities of a QEMU of libvirt's test data (`8.0.0`). */
export function recordedCapabilities(version: string): QemuCapabilities {
  return readRecording(join(conformanceFolder, 'capabilities', `caps_${version}.x86_64.replies`));
}
