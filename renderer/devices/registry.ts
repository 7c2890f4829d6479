import type { DeviceName } from '../../shared/domain/device-kinds.ts';
import type { DeviceEditor } from '../forms/types.ts';
import { channel } from './channel/channel.ts';
import { controller } from './controller/controller.ts';
import { crypto } from './crypto/crypto.ts';
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
 * The one list of device kinds, by element name: how each is called, drawn, edited and added. Its order is that of the device list and of
 * Add Hardware, as people know it.
 */
export const deviceEditors: Readonly<Record<DeviceName, DeviceEditor>> = {
  disk,
  interface: interfaceEditor,
  input,
  graphics,
  sound,
  serial,
  parallel: otherEditors.parallel,
  console: otherEditors.console,
  channel,
  hostdev: otherEditors.hostdev,
  redirdev: otherEditors.redirdev,
  video,
  watchdog,
  filesystem,
  tpm,
  rng,
  memballoon,
  panic,
  vsock: otherEditors.vsock,
  shmem: otherEditors.shmem,
  memory: otherEditors.memory,
  smartcard: otherEditors.smartcard,
  hub: otherEditors.hub,
  audio: otherEditors.audio,
  iommu: otherEditors.iommu,
  crypto,
  nvram: otherEditors.nvram,
  lease: otherEditors.lease,
  pstore: otherEditors.pstore,
  controller,
};

/** The editor of an element of `<devices>`; undefined for one that nobody knows. */
export function knownEditor(name: string): DeviceEditor | undefined {
  return Object.hasOwn(deviceEditors, name) ? deviceEditors[name as DeviceName] : undefined;
}

const places: ReadonlyMap<string, number> = new Map(Object.keys(deviceEditors).map((name, place) => [name, place]));

/** The place of a kind in the list of devices: kinds that nobody knows stand behind all others. */
export function placeOfKind(name: string): number {
  return places.get(name) ?? places.size;
}
