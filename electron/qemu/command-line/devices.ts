import type { PlannedKind } from '../plan/draft.ts';
import type { PlannedConsole } from '../plan/launch-plan.types.ts';
import type { CommandLine } from './builder.ts';
import { addChannels, addConsoles, addParallels, addRedirdevs, addRngs, addSerials, addSmartcards } from './chardevices.ts';
import { addControllers } from './controllers.ts';
import { addDisks } from './disk.ts';
import { addGraphics } from './graphics.ts';
import { addHostdevs } from './hostdev.ts';
import { addInterfaces } from './interface.ts';
import { addGenId, addLaunchSecurity } from './machine-extras.ts';
import { addMemoryDevices } from './memory.ts';
import {
  addCryptos,
  addFilesystems,
  addHubs,
  addInputs,
  addIommu,
  addMemballoon,
  addPanics,
  addShmems,
  addTpms,
  addVsock,
  addWatchdogs,
} from './small-devices.ts';
import { addAudios, addSounds, addVideos } from './video-and-sound.ts';

/** What devices leave to those behind them, and to the plan. */
interface Made {
  /** Number of the next block node. */
  nextNode: number;
  readonly consoles: PlannedConsole[];
}

/** Adds all devices of a kind. What is refused is thrown, or kept by the line. */
type Adder = (line: CommandLine, made: Made) => void;

/**
 * What puts each kind of device on the command line, in libvirt's order (src/qemu/qemu_command.c, qemuBuildCommandLine), in which QEMU finds
 * each thing that another one names. Among them, in their places, what is no device.
 */
const adders: { readonly [K in PlannedKind | 'genId' | 'launchSecurity']: Adder } = {
  iommu: addIommu,
  controller: addControllers,
  hub: addHubs,
  disk: (line, made) => {
    made.nextNode = addDisks(line);
  },
  filesystem: addFilesystems,
  interface: addInterfaces,
  smartcard: addSmartcards,
  serial: (line, made) => made.consoles.push(...addSerials(line)),
  parallel: addParallels,
  channel: addChannels,
  console: (line, made) => made.consoles.push(...addConsoles(line)),
  tpm: addTpms,
  input: addInputs,
  audio: addAudios,
  graphics: addGraphics,
  video: addVideos,
  sound: addSounds,
  watchdog: addWatchdogs,
  redirdev: addRedirdevs,
  hostdev: (line, made) => addHostdevs(line, made.nextNode),
  memballoon: addMemballoon,
  rng: addRngs,
  genId: addGenId,
  launchSecurity: addLaunchSecurity,
  panic: addPanics,
  shmem: addShmems,
  memory: addMemoryDevices,
  vsock: addVsock,
  crypto: addCryptos,
};

/** Adds all devices, each kind in its turn: one that is refused doesn't hide what is refused of the others. @returns the consoles that they have */
export function addDevices(line: CommandLine): readonly PlannedConsole[] {
  const made: Made = { nextNode: 0, consoles: [] };
  line.refusals.each(Object.values(adders), (add) => add(line, made));
  return made.consoles;
}
