import type { Audio } from './audio.ts';
import type { Channel } from './channel.ts';
import type { Clock } from './clock.ts';
import type { Console } from './console.ts';
import type { Controller } from './controller.ts';
import type { Cpu } from './cpu.ts';
import type { Crypto } from './crypto.ts';
import type { Disk } from './disk.ts';
import type { Features } from './features.ts';
import type { Filesystem } from './filesystem.ts';
import type { Graphics } from './graphics.ts';
import type { Hostdev } from './hostdev.ts';
import type { Hub } from './hub.ts';
import type { Input } from './input.ts';
import type { Interface } from './interface.ts';
import type { Iommu } from './iommu.ts';
import type { LaunchSecurity } from './launch-security.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Memballoon } from './memballoon.ts';
import type { MemoryDevice } from './memory-device.ts';
import type { Memory } from './memory.ts';
import type { Os, SysInfo } from './os.ts';
import type { OtherDevice } from './other-device.ts';
import type { Panic } from './panic.ts';
import type { Parallel } from './parallel.ts';
import type { QemuExtras } from './qemu-extras.ts';
import type { Redirdev, RedirFilter } from './redirdev.ts';
import type { Rng } from './rng.ts';
import type { SecurityLabel } from './seclabel.ts';
import type { Serial } from './serial.ts';
import type { Shmem } from './shmem.ts';
import type { Smartcard } from './smartcard.ts';
import type { Sound } from './sound.ts';
import type { Tpm } from './tpm.ts';
import type { BlkioTune, CpuTune, IoThreads, NumaTune, Vcpus } from './vcpu.ts';
import type { Video } from './video.ts';
import type { Vsock } from './vsock.ts';
import type { Watchdog } from './watchdog.ts';

/** `<devices>`: one list per kind, each in the order of the XML. */
export interface Devices {
  /** Absent: the host's emulator for the architecture. */
  readonly emulator?: string;
  readonly disks: readonly Disk[];
  readonly interfaces: readonly Interface[];
  readonly serials: readonly Serial[];
  readonly parallels: readonly Parallel[];
  readonly consoles: readonly Console[];
  readonly channels: readonly Channel[];
  readonly controllers: readonly Controller[];
  readonly graphics: readonly Graphics[];
  readonly videos: readonly Video[];
  readonly inputs: readonly Input[];
  readonly sounds: readonly Sound[];
  readonly audios: readonly Audio[];
  readonly rngs: readonly Rng[];
  readonly tpms: readonly Tpm[];
  readonly hubs: readonly Hub[];
  readonly hostdevs: readonly Hostdev[];
  readonly redirdevs: readonly Redirdev[];
  readonly redirFilter?: RedirFilter;
  readonly filesystems: readonly Filesystem[];
  readonly smartcards: readonly Smartcard[];
  readonly panics: readonly Panic[];
  readonly shmems: readonly Shmem[];
  readonly memories: readonly MemoryDevice[];
  readonly watchdogs: readonly Watchdog[];
  readonly cryptos: readonly Crypto[];
  readonly memballoon?: Memballoon;
  readonly vsock?: Vsock;
  readonly iommu?: Iommu;
  readonly others: readonly OtherDevice[];
}

/** Any device with a guest address; discriminated by `kind`. */
export type Device =
  | Disk
  | Interface
  | Serial
  | Parallel
  | Console
  | Channel
  | Controller
  | Graphics
  | Video
  | Input
  | Sound
  | Audio
  | Rng
  | Tpm
  | Hub
  | Hostdev
  | Redirdev
  | Filesystem
  | Smartcard
  | Panic
  | Shmem
  | MemoryDevice
  | Watchdog
  | Memballoon
  | Crypto
  | Vsock
  | Iommu
  | OtherDevice;

/** Names of the device kinds. */
export type DeviceKind = Device['kind'];

/** The model of one kind: `DeviceOf<'disk'>` is {@link Disk}. */
export type DeviceOf<K extends DeviceKind> = Extract<Device, { readonly kind: K }>;

/** `<domain>`, read. What is absent the XML doesn't say, except where libvirt's default is unconditional: then it is filled in. */
export interface Domain {
  /** `kvm`, `qemu` (emulation by TCG), or another hypervisor's word. */
  readonly type: string;
  /** Live only. */
  readonly id?: number;
  readonly name: string;
  /** Lower case with dashes. Absent: to be generated when it is defined. */
  readonly uuid?: string;
  /** `true`: to be generated at each start. */
  readonly genid?: string | true;
  readonly title?: string;
  readonly description?: string;
  readonly memory: Memory;
  readonly vcpus: Vcpus;
  readonly ioThreads: IoThreads;
  readonly cpuTune?: CpuTune;
  readonly numaTune?: NumaTune;
  readonly blkioTune?: BlkioTune;
  readonly resourcePartition?: string;
  readonly os: Os;
  readonly sysInfo: readonly SysInfo[];
  readonly features: Features;
  readonly cpu?: Cpu;
  readonly clock: Clock;
  readonly lifecycle: Lifecycle;
  readonly perfEvents: readonly { readonly name: string; readonly enabled: boolean }[];
  readonly devices: Devices;
  readonly securityLabels: readonly SecurityLabel[];
  readonly keyWrap: readonly { readonly path: string; readonly name: 'aes' | 'dea'; readonly on: boolean }[];
  readonly launchSecurity?: LaunchSecurity;
  readonly qemu: QemuExtras;
}
