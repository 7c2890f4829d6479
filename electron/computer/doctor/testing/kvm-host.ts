import type { KvmHostFacts } from '../kvm-access.ts';

/** A host whose /dev/kvm opens. */
export const openKvm: KvmHostFacts = {
  arch: 'x64',
  cpuFlags: ['vmx'],
  modules: ['kvm', 'kvm_intel'],
  device: { group: 'kvm', groupMayUse: true, denied: false },
  user: 'ada',
  memberOnPaper: true,
  memberNow: true,
};
