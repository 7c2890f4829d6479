import type { Socket } from 'node:net';
import type { AcquiredDescriptors, NicDescriptorRequest } from '../../../network/nics/descriptors.ts';
import type { DescriptorRequest } from '../../../qemu/plan/launch-plan.types.ts';
import type { PlannedNics } from '../ports/ports.ts';
import { openDescriptor } from './open-descriptor.ts';
import type { StartRequest } from './start-request.ts';
import { cancelled } from './why-it-failed.ts';

/** A descriptor that isn't a NIC's. */
type OtherRequest = Exclude<DescriptorRequest, NicDescriptorRequest>;

/** One that is open, and what closes our copy, or takes back what was made for it. */
interface Opened {
  readonly fd: number | Socket;
  release(): Promise<void>;
}

/** The stream to an emulated TPM; the other kinds are opened here. */
type OpenTpm = (request: Extract<OtherRequest, { kind: 'tpm' }>) => Promise<Opened>;

const isNic = (request: DescriptorRequest): request is NicDescriptorRequest =>
  request.kind === 'tap' || request.kind === 'macvtap' || request.kind === 'vhost-net' || request.kind === 'stream';

/** NICs' descriptors that follow one another, or one other. */
type Batch = { readonly nics: readonly NicDescriptorRequest[] } | { readonly other: OtherRequest };

const batchesOf = (requests: readonly DescriptorRequest[]): Batch[] => {
  const batches: Batch[] = [];
  for (const request of requests) {
    const last = batches.at(-1);
    if (!isNic(request)) batches.push({ other: request });
    else if (last !== undefined && 'nics' in last) batches[batches.length - 1] = { nics: [...last.nics, request] };
    else batches.push({ nics: [request] });
  }
  return batches;
};

/**
 * Acquires everything that a plan needs as an inherited descriptor, in the plan's order, each kind from its room; all or nothing.
 *
 * @throws TapestryError as {@link AcquiredDescriptors}' makers; nothing of ours is left then
 */
export async function acquireInOrder(
  requests: readonly DescriptorRequest[],
  nics: PlannedNics,
  { backend, facts, paths, signal }: StartRequest,
  openTpm: OpenTpm,
): Promise<AcquiredDescriptors> {
  const fds: (number | Socket)[] = [];
  const plugged: AcquiredDescriptors[] = [];
  const others: Opened[] = [];
  const closeOthers = () => Promise.allSettled(others.map((one) => one.release()));
  const release = async () => {
    for (const one of plugged.toReversed()) await one.release();
    await closeOthers();
  };
  try {
    for (const batch of batchesOf(requests)) {
      if (signal.aborted) throw cancelled();
      if ('nics' in batch) {
        const acquired = await backend.acquire(batch.nics, nics, {
          machine: { uuid: facts.uuid, name: facts.name },
          runtimeDirectory: paths.runtime,
          helper: backend.helper,
          signal,
          firstNumber: 3 + fds.length,
        });
        plugged.push(acquired);
        fds.push(...acquired.fds);
        continue;
      }
      const opened = batch.other.kind === 'tpm' ? await openTpm(batch.other) : await openDescriptor(batch.other, paths, backend);
      others.push(opened);
      fds.push(opened.fd);
    }
  } catch (error) {
    await release();
    throw error;
  }
  return {
    fds,
    nics: plugged.flatMap((one) => one.nics),
    release,
    handedOver: async (pid) => {
      const records = [];
      for (const one of plugged) records.push(...(await one.handedOver(pid)));
      await closeOthers();
      return records;
    },
  };
}
