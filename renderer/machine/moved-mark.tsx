import { VisuallyHidden } from '@mantine/core';
import { IconArrowsMove } from '@tabler/icons-react';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { CableMove, MachineSummary } from '../../shared/contract/machines.ts';
import { go } from '../state/route.ts';

const from = ({ mac, from: old, to }: CableMove): string => `the cable of ${mac} from ${old} to ${to}`;

/** Which cables of a running machine were moved, one sentence; undefined where none was. */
export function movedWords({ moved }: Pick<MachineSummary, 'moved'>): string | undefined {
  return moved === undefined ? undefined : `Moved since it started: ${moved.map(from).join(', ')}. Its NIC’s page puts it back.`;
}

/** A sign for lists that a cable was moved. */
export function MovedIcon({ machine }: { readonly machine: Pick<MachineSummary, 'moved'> }) {
  const words = movedWords(machine);
  if (words === undefined) return null;
  return (
    <span className="moved-icon" title={words}>
      <IconArrowsMove size={12} aria-hidden />
      <VisuallyHidden>Cable moved</VisuallyHidden>
    </span>
  );
}

/** That a cable was moved, with the way to the NIC, where it is put back. */
export function MovedLink({ machine }: { readonly machine: Pick<MachineSummary, 'connection' | 'uuid' | 'moved'> }) {
  const [first, ...more] = machine.moved ?? [];
  if (first === undefined) return null;
  return (
    <button
      type="button"
      className="link small nowrap"
      title={movedWords(machine)}
      onClick={() => go({ page: 'machine', ...refOf(machine), tab: 'details', device: `interface-${first.mac.toLowerCase()}` })}
    >
      {more.length === 0 ? `Cable moved to ${first.to}` : `${String(more.length + 1)} cables moved`}
    </button>
  );
}
