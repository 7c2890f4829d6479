import { useMemo } from 'react';
import { pendingCount } from './pending-count.ts';
import { TapestryError } from '../../shared/errors.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import { useMachineXml } from '../xml/use-machine-xml.ts';

/** "2 pending" on the Details tab; without the number while it isn't known. */
export function PendingTag({ machine }: { readonly machine: MachineRef }) {
  const { data } = useMachineXml(machine);
  const number = useMemo(() => {
    if (!data || data.inactive === null || data.live === null) return 0;
    try {
      return pendingCount(data.inactive, data.live);
    } catch (thrown) {
      // The XML page says what is wrong with the text; here there is just no number.
      if (thrown instanceof TapestryError) return 0;
      throw thrown;
    }
  }, [data]);
  return <span className="count warn">{number > 0 ? `${String(number)} pending` : 'pending'}</span>;
}
