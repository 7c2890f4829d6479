import type { DeviceEditor } from '../forms/types.ts';
import { channel } from './channel/channel.ts';
import { controller } from './controller/controller.ts';
import { disk } from './disk/disk.ts';
import { filesystem } from './filesystem/filesystem.ts';
import { graphics } from './graphics/graphics.ts';
import { input } from './input/input.ts';
import { interfaceEditor } from './interface/interface.ts';
import { memballoon } from './memballoon/memballoon.ts';
import { otherEditors } from './other/other.ts';
import { panic } from './panic/panic.ts';
import { rng } from './rng/rng.ts';
import { serial } from './serial/serial.ts';
import { sound } from './sound/sound.ts';
import { tpm } from './tpm/tpm.ts';
import { video } from './video/video.ts';
import { watchdog } from './watchdog/watchdog.ts';

/**
 * The one list of device kinds, by element name, in the order of Add Hardware. Whoever adds a kind adds a row; all other
 * elements are shown by their XML.
 */
export const deviceEditors: Readonly<Record<string, DeviceEditor>> = {
  disk,
  interface: interfaceEditor,
  serial,
  video,
  graphics,
  input,
  sound,
  filesystem,
  tpm,
  rng,
  watchdog,
  panic,
  memballoon,
  channel,
  controller,
  ...otherEditors,
};
