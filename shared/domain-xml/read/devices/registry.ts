import type { Device, DeviceKind, DeviceOf } from '../../../domain/domain.ts';
import { unmodelledElements } from '../../../domain/device-kinds.ts';
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
  readCrypto,
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
export type DeviceReader<D extends Device = Device> = (reader: Reader, context: ReadingContext) => D;

/** The reader of each kind that has a model. */
const readers: { readonly [K in Exclude<DeviceKind, 'other'>]: DeviceReader<DeviceOf<K>> } = {
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
  crypto: readCrypto,
  iommu: readIommu,
  vsock: readVsock,
};

/** The reader of every device element that libvirt knows, by its name. */
export const deviceReaders: ReadonlyMap<string, DeviceReader> = new Map<string, DeviceReader>([
  ...Object.entries<DeviceReader>(readers),
  ...unmodelledElements.map((name) => [name, readOther] as const),
]);
