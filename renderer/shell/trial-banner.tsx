import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { UplinkTrial } from '../../shared/contract/networks.ts';
import type { ErrorData } from '../../shared/errors.ts';
import { ErrorCallout } from '../components/error-callout.tsx';
import { useNow } from '../components/use-now.ts';
import { errorDataOf } from '../words/errors.ts';
import { dismissedTrial, dismissTrial, useUplinkTrials } from '../nics/uplink-trials.ts';
import { ConnectionScope, useConnections, useScope } from '../state/connections.ts';
import { useApi } from '../state/services.ts';
import { HostButton } from '../components/host-button.tsx';

/** How long a roll-back that this window didn't see begin is told of, ms. */
const recent = 600_000;

/** Seconds until a trial is over, at least 0. */
const secondsLeft = (trial: UplinkTrial, now: number): number => Math.max(0, Math.ceil((trial.until - now) / 1000));

/** Counts down while an uplink is on trial, on every page: Keep it, or have it rolled back. Then tells that it was rolled back. */
export function TrialBanners() {
  return useConnections()?.map(({ id }) => (
    <ConnectionScope key={id} value={id}>
      <TrialBanner />
    </ConnectionScope>
  ));
}

/** Those of one connection. */
function TrialBanner() {
  const trials = useUplinkTrials();
  const [dismissed, setDismissed] = useState(dismissedTrial);
  const [opened] = useState(() => Date.now());
  const now = useNow(500, (trials?.pending.length ?? 0) > 0);
  if (!trials) return null;
  const { pending, ended, lost } = trials;
  if (pending.length > 0) return pending.map((trial) => <Trial key={trial.token} trial={trial} left={secondsLeft(trial, now)} />);
  const over =
    lost ?? (ended && !ended.kept && opened - ended.at < recent ? { bridge: ended.bridge, port: ended.port, token: ended.token } : null);
  if (!over || over.token === dismissed) return null;
  return (
    <output className="callout warn trial-banner">
      <span className="grow">
        <strong className="strong">
          {over.port} was taken off {over.bridge} again:
        </strong>{' '}
        {lost ? 'Tapestry ended while it was on trial.' : 'nobody confirmed it, or it was rolled back.'}
      </span>
      <Button
        onClick={() => {
          dismissTrial(over.token);
          setDismissed(over.token);
        }}
      >
        Dismiss
      </Button>
    </output>
  );
}

function Trial({ trial, left }: { readonly trial: UplinkTrial; readonly left: number }) {
  const api = useApi();
  const connection = useScope();
  const [error, setError] = useState<ErrorData | null>(null);
  const [busy, setBusy] = useState<'keep' | 'back' | null>(null);
  const { bridge, port, token } = trial;
  const run = async (what: 'keep' | 'back') => {
    setBusy(what);
    setError(null);
    try {
      if (what === 'keep') {
        await api['networks.confirmUplink']({ connection, token });
        notifications.show({ message: `${port} stays on ${bridge}.` });
      } else await api['networks.cancelUplink']({ connection, token });
    } catch (thrown) {
      setError(errorDataOf(thrown));
    } finally {
      setBusy(null);
    }
  };
  return (
    <div className="callout warn trial-banner" role="alertdialog" aria-label="Uplink on trial">
      <div className="grow">
        <strong className="strong">
          {port} is a port of {bridge} now.
        </strong>{' '}
        Does the network still work?{' '}
        {left > 0 ? (
          <>
            It is rolled back in <span className="num">{left} s</span> unless you keep it.
          </>
        ) : (
          'It is being rolled back.'
        )}
        {error && <ErrorCallout error={error} />}
      </div>
      <HostButton loading={busy === 'back'} onClick={() => void run('back')}>
        Roll Back Now
      </HostButton>
      <HostButton variant="filled" loading={busy === 'keep'} onClick={() => void run('keep')}>
        Keep It
      </HostButton>
    </div>
  );
}
