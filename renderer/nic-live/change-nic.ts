import type { Api } from '../../shared/contract/index.ts';
import { refOf } from '../../shared/contract/machine-key.ts';
import { TapestryError } from '../../shared/errors.ts';
import { pathOf } from '../../shared/domain-xml/xml/path.ts';
import type { FormContext } from '../forms/field-spec.ts';
import { saysTheSame } from '../forms/same-device.ts';
import { editElement, elementText, type Change } from '../xml/edits.ts';

/** A running NIC: its live element, and where its stored one is, if it has one. */
export type RunningNic = Pick<FormContext, 'machine' | 'document' | 'element' | 'stored' | 'live' | 'liveText'>;

/**
 * Changes a running NIC at once and, if `persist`, in its stored definition too, in one call: nothing is stored when the running machine says no,
 * nor changed there when it can't be stored.
 * @throws TapestryError the host's; `conflict` where the stored NIC is another one than the window shows
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
  const update = { machine, how: 'update', ...(options.linkFlap === true ? { linkFlap: true } : {}) } as const;
  const wanted = editElement(liveText, '/interface', changes);
  const path = pathOf(nic.element);
  const own = stored && elementText(nic.document.text, path);
  if (!options.persist || !stored || own === undefined) {
    await api['machines.device']({ ...update, xml: wanted, scope: 'live' });
  } else if (saysTheSame(stored, live)) {
    // Both say the same: the same change is made to both, and they stay in step.
    await api['machines.device']({ ...update, xml: editElement(own, '/interface', changes), scope: 'both' });
  } else {
    const { inactive, hash } = await api['machines.xml']({ machine });
    if (inactive === null || elementText(inactive, path) !== own)
      throw new TapestryError('conflict', 'The definition of this NIC changed meanwhile.', { next: 'Look at it, and do it again.' });
    await api['machines.device']({
      ...update,
      xml: wanted,
      scope: 'both',
      stored: { xml: editElement(inactive, path, changes), expect: hash },
    });
  }
}
