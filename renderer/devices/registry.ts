import type { DeviceEditor } from './types.ts';
import { disk } from './disk/disk.ts';
import { interfaceEditor } from './interface/interface.ts';
import { balloon, graphics, input, otherEditors, rng, sound, tpm, watchdog } from './other/other.ts';
import { serial } from './serial/serial.ts';
import { video } from './video/video.ts';

/** The one list of device kinds, by element name. Whoever adds a kind adds a row; all other elements are shown by their XML. */
export const deviceEditors: Readonly<Record<string, DeviceEditor>> = {
  disk,
  interface: interfaceEditor,
  serial,
  video,
  graphics,
  input,
  rng,
  memballoon: balloon,
  watchdog,
  tpm,
  sound,
  ...otherEditors,
};
