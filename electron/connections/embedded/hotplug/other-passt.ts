import type { NicStep } from '../../../../shared/contract/nic-steps.ts';
import type { Interface } from '../../../../shared/domain/index.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import { now } from '../../../network/helper/clock.ts';
import { replacePasst, type PasstReason } from '../../../network/nics/stream-nic.ts';
import type { Machine } from '../machine/machine.ts';
import type { Run } from '../run/run.ts';

/**
 * Replaces the passt of a NIC. The record follows also when that fails: then it is yet another one, as it was before.
 * @param what the machine's XML as it is then; why, for the timeline, where it isn't for other forwards
 */
export async function otherPasst(
  machine: Machine,
  run: Run,
  from: Interface,
  to: Interface,
  what: { readonly xml?: string; readonly why?: PasstReason },
): Promise<void> {
  const record = run.record.nics.find(({ alias }) => alias === from.alias);
  if (record === undefined) throw new TapestryError('internal', 'The NIC has no record.');
  const replaced = await replacePasst(record, from, to, { runtimeDirectory: machine.paths.runtime }, what.why);
  const announced = replaced.record.processId === null ? [] : await announce(run, record.alias);
  const served = { ...replaced.record, timeline: [...replaced.record.timeline, ...announced] };
  const nics = run.record.nics.map((one) => (one.alias === record.alias ? served : one));
  await run.update({ nics, ...(replaced.error === undefined && what.xml !== undefined ? { liveXml: what.xml } : {}) });
  if (replaced.error !== undefined) throw replaced.error;
}

/**
 * Has QEMU send a frame with the NIC's MAC (RARP), as after a migration. passt learns the guest's MAC from what comes of it; until then it
 * sends to everybody, and a guest takes no connection that was sent to everybody. @returns a step where it failed
 */
const announce = async (run: Run, alias: string): Promise<NicStep[]> => {
  try {
    await run.qmp.execute('announce-self', { initial: 50, max: 550, rounds: 3, step: 100, interfaces: [alias] });
    return [];
  } catch (error) {
    if (!(error instanceof TapestryError)) throw error;
    return [{ at: now(), kind: 'failed', attempt: { deed: 'announce' }, error: error.data }];
  }
};
