import { z } from 'zod';
import { call } from './kinds.ts';
import { autostartWhen } from './machines.ts';
import { connectionId } from './references.ts';

/** The computer that a connection's machines run on. */
export const hostFacts = z.object({
  hostname: z.string(),
  cpus: z.number().int(),
  memoryKiB: z.number(),
  arch: z.string(),
  qemu: z.object({ path: z.string(), version: z.string() }).nullable(),
  machineTypes: z.array(z.string()),
  cpuModels: z.array(z.string()),
  /** Whether machines of the type kvm can start there. */
  kvm: z.object({ usable: z.enum(['yes', 'no', 'untested']), message: z.string() }),
  uefi: z.boolean(),
  /** When marked machines are started; a host of an earlier version doesn't say, and starts them with its window. */
  autostartWhen: autostartWhen.optional(),
});
export type HostFacts = z.infer<typeof hostFacts>;

export const host = {
  'host.facts': call(z.object({ connection: connectionId }), hostFacts, { repeatable: true }),
  'host.capabilities': call(z.object({ connection: connectionId }), z.object({ xml: z.string() }), {
    repeatable: true,
    needs: ['capabilities'],
  }),
  'host.domainCapabilities': call(
    z.object({
      connection: connectionId,
      emulator: z.string().optional(),
      arch: z.string().optional(),
      machine: z.string().optional(),
      virttype: z.string().optional(),
    }),
    z.object({ xml: z.string() }),
    { repeatable: true, needs: ['capabilities'] },
  ),
};
