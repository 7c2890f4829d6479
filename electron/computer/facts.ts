import { cpus, hostname, totalmem } from 'node:os';
import { getuid } from 'node:process';
import type { ComputerFacts } from '../../shared/contract/computer.ts';
import type { HostFacts } from '../../shared/contract/host.ts';
import type { AutostartWhen } from '../../shared/contract/machines.ts';
import { emulatorName, programVersion } from './doctor/emulator.ts';
import { findProgram } from '../processes/find-program.ts';
import { userName } from '../processes/user-name.ts';
import type { KvmProbe } from './doctor/kvm-probe.ts';
import { findUefiFirmware } from './doctor/uefi-firmware.ts';

/** What the facts are gathered from. */
export interface FactsOptions {
  readonly kvm: KvmProbe;
  /** When marked machines are started. */
  readonly autostartWhen?: () => Promise<AutostartWhen>;
  /** What the capabilities of an emulator say; not asked when there is no QEMU. */
  readonly capabilities?: (
    emulator: string,
  ) => Promise<{ readonly machineTypes: readonly string[]; readonly cpuModels: readonly string[] }>;
}

/** This computer's processor, as libvirt, QEMU and osinfo name it. */
export const ownArchitecture: string = process.arch === 'arm64' ? 'aarch64' : 'x86_64';

/** Path of QEMU for this computer's architecture; undefined when it isn't installed. For `KvmProbe` too. */
export async function findEmulator(): Promise<string | undefined> {
  return await findProgram(emulatorName());
}

/**
 * What this computer and this Tapestry are; all but the host that serves.
 * @param version Tapestry's own
 */
export async function computerFacts(version: string, stateDirectory: string, kvm: KvmProbe): Promise<Omit<ComputerFacts, 'host'>> {
  const { usable, message } = await kvm.known();
  return { version, hostname: hostname(), user: userName(), root: getuid?.() === 0, stateDirectory, kvm: { usable, message } };
}

/** What this computer has for machines. Takes milliseconds, and as long as `capabilities` does the first time. */
export async function hostFacts(options: FactsOptions): Promise<HostFacts> {
  const emulator = await findEmulator();
  const version = emulator === undefined ? undefined : await programVersion(emulator);
  const qemu = emulator === undefined || version === undefined ? null : { path: emulator, version };
  const capabilities = qemu === null ? undefined : await options.capabilities?.(qemu.path);
  const { usable, message } = await options.kvm.known();
  return {
    hostname: hostname(),
    cpus: cpus().length,
    memoryKiB: Math.floor(totalmem() / 1024),
    arch: ownArchitecture,
    qemu,
    machineTypes: [...(capabilities?.machineTypes ?? [])],
    cpuModels: [...(capabilities?.cpuModels ?? [])],
    kvm: { usable, message },
    uefi: (await findUefiFirmware()) !== undefined,
    ...(options.autostartWhen === undefined ? {} : { autostartWhen: await options.autostartWhen() }),
  };
}
