import { IconX } from '@tabler/icons-react';
import { useState } from 'react';
import type { NicStatus } from '../../../shared/contract/networks.ts';
import type { ErrorData } from '../../../shared/errors.ts';
import { ErrorCallout } from '../../components/error-callout.tsx';
import { ReasonedButton, ReasonedIcon } from '../../components/reasoned-button.tsx';
import { useNow } from '../../components/use-now.ts';
import { errorDataOf } from '../../errors.ts';
import { formatSpan } from '../../format.ts';
import { useLost } from '../../shell/use-link-status.ts';
import { useApi } from '../../state/services.ts';
import type { DeviceFormProps } from '../types.ts';
import { changeNic } from './change-nic.ts';
import { useMove, useMoves } from './moves.ts';

/** For so long a strip may still be of the time before the move, ms: it comes once a second, on a busy computer later. */
const settling = 30_000;

/** How a move goes on, and the way back. */
export function MoveNote({ context, nic }: { readonly context: DeviceFormProps['context']; readonly nic: NicStatus }) {
  const api = useApi();
  const move = useMove(context.machine, nic.mac);
  const remember = useMoves((state) => state.set);
  const now = useNow(1000, move !== undefined);
  const lost = useLost();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorData | null>(null);
  if (!move) return null;
  // Somebody moved it on (or back) meanwhile: the way back from there isn't this one. What was looked at before the move still says `from`.
  const stale = nic.bridge === move.from && now - move.at < settling;
  if (nic.bridge !== null && nic.bridge !== move.to && !stale) return null;
  const fresh = nic.addresses.find(({ seenAt, address }) => seenAt > move.at + 500 && !address.startsWith('fe80:'));
  const back = async () => {
    setBusy(true);
    setError(null);
    try {
      await changeNic(api, context, [{ place: 'source/@bridge', value: move.from }], { persist: move.persist, linkFlap: move.flapped });
      remember(context.machine.uuid, nic.mac, undefined);
    } catch (thrown) {
      setError(errorDataOf(thrown));
    } finally {
      setBusy(false);
    }
  };
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
      <ReasonedButton reason={lost ? 'The connection to Tapestry is lost' : undefined} loading={busy} onClick={() => void back()}>
        Put Back on {move.from}
      </ReasonedButton>
      <ReasonedIcon label="Dismiss" size={22} onClick={() => remember(context.machine.uuid, nic.mac, undefined)}>
        <IconX size={14} />
      </ReasonedIcon>
    </output>
  );
}
