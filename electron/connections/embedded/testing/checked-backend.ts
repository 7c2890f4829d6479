import type { NetworkHelper } from '../../../network/helper/helper.ts';
import { unknownHost, type PlanHost } from '../../../qemu/plan/plan-input.ts';
import { syntheticCapabilities } from '../../../qemu/testing/synthetic-capabilities.ts';
import { embeddedBackend } from '../backend.ts';
import type { Backend, KvmFacts } from '../ports/ports.ts';

/** The real backend for what is decided before a start, with an emulator and a host that aren't asked for: nothing of it may be started. */
export function checkedBackend(host: Partial<PlanHost> = {}, kvm: KvmFacts = { usable: 'yes', message: '' }): Backend {
  return embeddedBackend({
    helper: {} as NetworkHelper,
    capabilities: () => Promise.resolve(syntheticCapabilities()),
    planHost: () => Promise.resolve({ ...unknownHost, recorded: false, ...host }),
    kvm: () => Promise.resolve(kvm),
    knownKvm: () => Promise.resolve(kvm),
  });
}
