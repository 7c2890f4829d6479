import { IconPlugConnected } from '@tabler/icons-react';
import { HostButton } from '../../components/host-button.tsx';
import { letsNothingGo, needsGuest } from '../../../shared/domain-xml/guest-lets-go.ts';
import type { FormContext } from '../../forms/field-spec.ts';
import { changesLive } from '../../forms/support.ts';
import { readPlace } from '../../xml/edits.ts';
import type { ApplyNowProps } from '../../forms/types.ts';

/** Can the NIC that runs be unplugged, and the edited one be plugged in for it? Pure. */
export function canReplug(context: Pick<FormContext, 'live' | 'element' | 'connection' | 'machine'>): boolean {
  const { live, element } = context;
  return live !== undefined && changesLive('detach', live, context) && changesLive('attach', element, context);
}

/** For what can't be changed on a running NIC: changes it all the same, by unplugging it and plugging it in again. */
export function ReplugNow({ context, busy, onApply }: ApplyNowProps) {
  const { element, live } = context;
  if (!live || !canReplug(context)) return null;
  const sameMac = readPlace(live, 'mac/@address')?.toLowerCase() === readPlace(element, 'mac/@address')?.toLowerCase();
  return (
    <div className="nic-replug">
      <HostButton
        loading={busy}
        reason={needsGuest(context.machine, live) ? letsNothingGo(context.machine, 'the NIC') : undefined}
        leftSection={<IconPlugConnected size={15} aria-hidden />}
        onClick={onApply}
      >
        Apply Now by Re-plugging
      </HostButton>
      <p className="small dim">
        The guest sees the NIC go and come back with {sameMac ? 'the same MAC and slot' : 'the new MAC in the same slot'}, and loses its
        link for a moment.
      </p>
    </div>
  );
}
