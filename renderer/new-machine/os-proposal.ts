import type { OsFacts } from '../../shared/contract/os.ts';
import type { NewMachineChoices } from './new-machine-plan.ts';

/** What an operating system is proposed, where nothing was chosen by hand. */
export type OsProposal = Pick<NewMachineChoices, 'vcpus' | 'memoryMib' | 'diskGib' | 'firmware' | 'diskBus' | 'nicModel' | 'clock'>;

const mib = 1024 ** 2;
const gib = 1024 ** 3;

/** What a machine gets whose operating system nobody knows. */
const usual = { cpus: 2, memory: 2 * gib, disk: 20 * gib };

/**
 * Proposes CPUs, memory, disk, firmware, bus and NIC: what the system's makers recommend; where they only say the least, twice that (as virt-install),
 * and never less than what an unknown system gets. No more than the host has, unless the system needs it. Pure.
 *
 * @param host how many CPUs and how much memory (KiB) the host has, where that is known
 */
export function osProposal(
  os: OsFacts | undefined,
  host: { readonly cpus: number | undefined; readonly memoryKiB: number | undefined },
): OsProposal {
  const amount = (kind: 'cpus' | 'memory' | 'disk', most = Infinity): number => {
    const [least = 0, recommended] = [os?.minimum[kind], os?.recommended[kind]];
    const wanted = recommended ?? Math.max(usual[kind], kind === 'cpus' ? least : 2 * least);
    return Math.max(least, Math.min(wanted, most));
  };
  // The host itself needs some: a quarter of its memory stays.
  const memory = amount('memory', host.memoryKiB === undefined ? Infinity : Math.max(512 * mib, host.memoryKiB * 1024 * 0.75));
  return {
    vcpus: String(amount('cpus', host.cpus)),
    memoryMib: String(Math.ceil(memory / mib)),
    diskGib: String(Math.ceil(amount('disk') / gib)),
    firmware: os?.bios === false ? 'efi' : 'bios',
    // q35 has no IDE; its SATA is what such a system sees.
    ...(os?.diskBus ? { diskBus: os.diskBus === 'ide' ? 'sata' : os.diskBus } : {}),
    ...(os?.nicModel ? { nicModel: os.nicModel } : {}),
    ...(os === undefined ? {} : { clock: os.clock }),
  };
}
