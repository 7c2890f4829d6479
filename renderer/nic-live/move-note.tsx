import { IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { NicStatus } from '../../shared/contract/networks.ts';
import type { ErrorData } from '../../shared/errors.ts';
import { ErrorCallout } from '../components/error-callout.tsx';
import { ReasonedButton, ReasonedIcon } from '../components/reasoned-button.tsx';
import { useNow } from '../components/use-now.ts';
import { errorDataOf } from '../words/errors.ts';
import { formatSpan } from '../words/format.ts';
import { useLostReason } from '../state/use-link-status.ts';
import { useApi } from '../state/services.ts';
import { readPlace } from '../xml/edits.ts';
import type { DeviceFormProps } from '../forms/types.ts';
import { changeNic } from './change-nic.ts';

/** How a move goes on, and the way back, until the host knows of the move no more. */
export function MoveNote({ context, nic }: { readonly context: DeviceFormProps['context']; readonly nic: NicStatus }) {
  const api = useApi();
  const { moved: move } = nic;
  const now = useNow(1000, move !== undefined);
  const off = useLostReason();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorData | null>(null);
  if (!move) return null;
  // Another program has put it elsewhere: the way back from there isn't this one, and the NIC's fault tells of it.
  if (!busy && nic.bridge !== null && nic.bridge !== move.to) return null;
  const fresh = nic.addresses.find(({ seenAt, address }) => seenAt > move.at + 500 && !address.startsWith('fe80:'));
  const attempt = async (what: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      await what();
    } catch (thrown) {
      setError(errorDataOf(thrown));
    } finally {
      setBusy(false);
    }
  };
  // The definition goes back too where it was moved along.
  const persist = context.stored !== undefined && readPlace(context.stored, 'source/@bridge') === move.to;
  const back = () => changeNic(api, context, [{ place: 'source/@bridge', value: move.from }], { persist, linkFlap: move.flapped });
  return (
    <output className="callout nic-move">
      <div className="grow">
        Moved from <span className="mono">{move.from}</span> to <span className="mono">{move.to}</span>{' '}
        <span className="dim num">{formatSpan(now - move.at)} ago</span>
        {move.flapped && '; the cable was pulled and put back'}.{' '}
        {fresh ? (
          <>
            The guest is seen as <span className="mono">{fresh.address}</span>.
          </>
        ) : (
          <span className="dim">No address of the guest is seen there yet.</span>
        )}
        {error && <ErrorCallout error={error} />}
      </div>
      <ReasonedButton reason={off} loading={busy} onClick={() => void attempt(back)}>
        Put Back on {move.from}
      </ReasonedButton>
      <ReasonedIcon
        label={`Keep it on ${move.to}`}
        reason={off}
        size={22}
        onClick={() => void attempt(() => api['networks.keepMove']({ machine: refOf(context.machine), alias: nic.alias }))}
      >
        <IconX size={14} />
      </ReasonedIcon>
    </output>
  );
}
