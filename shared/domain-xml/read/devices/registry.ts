import type { Device } from '../../../domain/domain.ts';
import type { Reader } from '../reader/reader.ts';
import { readChannel, readConsole, readParallel, readSerial } from './character-devices.ts';
import { readController } from './controller.ts';
import { readDisk } from './disk.ts';
import { readInput, readVideo } from './display-and-input.ts';
import { readGraphics } from './graphics.ts';
import { readHostdev } from './hostdev.ts';
import { readInterface, type ReadingContext } from './interface.ts';
import { readFilesystem, readMemoryDevice, readRedirdev } from './other-hardware.ts';
import {
  readHub,
  readIommu,
  readMemballoon,
  readOther,
  readPanic,
  readRng,
  readShmem,
  readSmartcard,
  readTpm,
  readVsock,
  readWatchdog,
} from './small-devices.ts';
import { readAudio, readSound } from './sound-and-audio.ts';

/** Reads one device element. */
export type DeviceReader = (reader: Reader, context: ReadingContext) => Device;

/** Every device element and its reader: the one list to extend for a new device. */
export const deviceReaders: Readonly<Record<string, DeviceReader>> = {
  disk: readDisk,
  controller: readController,
  filesystem: readFilesystem,
  interface: readInterface,
  smartcard: readSmartcard,
  serial: readSerial,
  parallel: readParallel,
  console: readConsole,
  channel: readChannel,
  input: readInput,
  tpm: readTpm,
  graphics: readGraphics,
  sound: readSound,
  audio: readAudio,
  video: readVideo,
  hostdev: readHostdev,
  redirdev: readRedirdev,
  hub: readHub,
  watchdog: readWatchdog,
  memballoon: readMemballoon,
  rng: readRng,
  panic: readPanic,
  shmem: readShmem,
  memory: readMemoryDevice,
  iommu: readIommu,
  vsock: readVsock,
  // Known to libvirt, without a model here.
  lease: readOther,
  nvram: readOther,
  crypto: readOther,
  pstore: readOther,
};

/** Elements that may stand once only. */
export const singleDevices: readonly string[] = ['memballoon', 'vsock', 'iommu', 'nvram'];
