import { constants } from 'node:fs';
import { access, open, readFile, readdir } from 'node:fs/promises';
import { getgroups, getuid } from 'node:process';
import { errnoOf, statIfThere } from '../../files/if-there.ts';
import { userName } from '../../processes/user-name.ts';

/** What is known of KVM without booting anything. `null`: nothing speaks against it. */
export interface KvmObstacle {
  /** Why KVM can't be used here, one sentence. */
  readonly message: string;
  /** The command that mends it, if one does. */
  readonly command?: string;
  readonly detail?: string;
}

/** Facts about the host from which an obstacle is told. Gathered by {@link gatherKvmFacts}; made up in tests. */
export interface KvmHostFacts {
  readonly arch: string;
  /** Flags of the first CPU (/proc/cpuinfo). */
  readonly cpuFlags: readonly string[];
  /** Loaded modules of the kernel whose name begins with kvm. */
  readonly modules: readonly string[];
  /** /dev/kvm: missing, or its group's name (`null`: unknown), whether this process may open it, and what opening it said. */
  readonly device:
    'missing' | { readonly group: string | null; readonly groupMayUse: boolean; readonly denied: boolean; readonly failure?: string };
  readonly user: string;
  /** Is the user a member of the device's group by /etc/group, and does this process have that membership yet? */
  readonly memberOnPaper: boolean;
  readonly memberNow: boolean;
}

/** Tells why KVM can't be opened, and what mends it. Pure. */
export function findKvmObstacle(facts: KvmHostFacts): KvmObstacle | null {
  if (facts.device !== 'missing') return facts.device.denied ? deniedObstacle(facts, facts.device) : failedObstacle(facts.device.failure);
  const vendor = facts.cpuFlags.includes('vmx') ? 'kvm_intel' : facts.cpuFlags.includes('svm') ? 'kvm_amd' : undefined;
  if (facts.arch !== 'x64') return { message: 'There is no /dev/kvm: this kernel offers no KVM.' };
  if (vendor !== undefined && !facts.modules.includes(vendor)) {
    return {
      message: `There is no /dev/kvm, because the kernel module ${vendor} is not loaded.`,
      command: `sudo modprobe ${vendor}`,
      detail:
        'If that says “Operation not supported”, virtualization is switched off in the firmware (BIOS/UEFI): switch on VT-x or AMD-V there.',
    };
  }
  if (facts.cpuFlags.includes('hypervisor')) {
    return { message: 'This computer is itself a virtual machine, and its host does not pass virtualization on (nested virtualization).' };
  }
  return {
    message: 'The CPU offers no virtualization: it has none, or it is switched off in the firmware (BIOS/UEFI: VT-x, AMD-V, SVM).',
  };
}

const deniedObstacle = (facts: KvmHostFacts, device: Exclude<KvmHostFacts['device'], 'missing'>): KvmObstacle => {
  if (device.group === null || !device.groupMayUse || device.group === 'root') {
    return {
      message: '/dev/kvm may be opened by root only.',
      command: `sudo setfacl -m u:${facts.user}:rw /dev/kvm`,
      detail: 'Usually the distribution’s QEMU package gives the device to the group kvm; after installing it, restart the computer.',
    };
  }
  if (facts.memberOnPaper && !facts.memberNow) {
    return {
      message: `You were added to the group ${device.group}, which takes effect when you log in again.`,
      detail: 'Log out and in, then start Tapestry again.',
    };
  }
  return {
    message: `/dev/kvm may be used by the group ${device.group}, and you are not in it.`,
    command: `sudo usermod -aG ${device.group} ${facts.user}`,
    detail: 'Log in again afterwards.',
  };
};

const failedObstacle = (failure: string | undefined): KvmObstacle | null => {
  if (failure === undefined) return null;
  if (failure === 'EBUSY')
    return { message: '/dev/kvm is busy: another hypervisor (VirtualBox, VMware) has the CPU’s virtualization. End it.' };
  return { message: '/dev/kvm can’t be opened, although it is there.', detail: failure };
};

const errno = (error: unknown): string => errnoOf(error) ?? String(error);

/** Looks at /proc, /sys and /dev. */
export async function gatherKvmFacts(device = '/dev/kvm'): Promise<KvmHostFacts> {
  const cpuinfo = await readFile('/proc/cpuinfo', 'utf8');
  const user = userName();
  const groups = (await readFile('/etc/group', 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'));
  const found = await statIfThere(device);
  const entry = groups.find(([, , gid]) => found !== undefined && Number(gid) === found.gid);
  return {
    arch: process.arch,
    cpuFlags: /^flags\s*:\s*(.*)$/m.exec(cpuinfo)?.[1]?.split(' ') ?? [],
    modules: (await readdir('/sys/module')).filter((name) => name.startsWith('kvm')),
    device:
      found === undefined
        ? 'missing'
        : { group: entry?.[0] ?? null, groupMayUse: (found.mode & 0o060) === 0o060, ...(await tryToOpen(device)) },
    user,
    memberOnPaper: entry?.[3]?.split(',').includes(user) ?? false,
    memberNow: found !== undefined && (getuid?.() === 0 || (getgroups?.() ?? []).includes(found.gid)),
  };
}

const tryToOpen = async (device: string): Promise<{ denied: boolean; failure?: string }> => {
  try {
    await access(device, constants.R_OK | constants.W_OK);
  } catch (error) {
    return errno(error) === 'EACCES' ? { denied: true } : { denied: false, failure: errno(error) };
  }
  try {
    await (await open(device, 'r+')).close();
    return { denied: false };
  } catch (error) {
    return { denied: false, failure: errno(error) };
  }
};
