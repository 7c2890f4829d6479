import type { Api } from '../../shared/contract/index.ts';
import { refOf } from '../../shared/contract/machine-key.ts';
import { pathOf } from '../../shared/domain-xml/xml/path.ts';
import type { FormContext } from '../forms/field-spec.ts';
import { saysTheSame } from '../forms/same-device.ts';
import { redefine } from '../machine/redefine.ts';
import { editElement, elementText, type Change } from '../xml/edits.ts';

/** A running NIC: its live element, and where its stored one is, if it has one. */
export type RunningNic = Pick<FormContext, 'machine' | 'document' | 'element' | 'stored' | 'live' | 'liveText'>;

/**
 * Changes a running NIC at once and, if `persist`, in its stored definition too; nothing is stored when the running machine says no.
 * @throws TapestryError the host's
 */
export async function changeNic(
  api: Api,
  nic: RunningNic,
  changes: readonly Change[],
  options: { readonly persist: boolean; readonly linkFlap?: boolean },
): Promise<void> {
  const { live, liveText, stored } = nic;
  if (!live || liveText === undefined) return;
  const machine = refOf(nic.machine);
  const flap = options.linkFlap === true ? { linkFlap: true } : {};
  const path = pathOf(nic.element);
  const own = stored && elementText(nic.document.text, path);
  if (options.persist && stored && own !== undefined && saysTheSame(stored, live)) {
    // Both say the same: one call changes both, and they stay in step.
    await api['machines.device']({ machine, how: 'update', xml: editElement(own, '/interface', changes), scope: 'both', ...flap });
    return;
  }
  await api['machines.device']({ machine, how: 'update', xml: editElement(liveText, '/interface', changes), scope: 'live', ...flap });
  if (options.persist && stored) await redefine(api, machine, (text) => editElement(text, path, changes));
}
