import { Button } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { ConnectionInfo } from '../../shared/contract/connections.ts';
import { errorDataOf } from '../words/errors.ts';
import { count, formatClock } from '../words/format.ts';
import { useMachinesOf } from '../state/machines-of.ts';
import { useApi } from '../state/services.ts';
import { refusal, useLinkStatus } from '../state/use-link-status.ts';
import './away-note.css';

/** Connects a connection that is away, and says what came of it. */
export function useConnect() {
  const api = useApi();
  const [busy, setBusy] = useState(false);
  const connect = async ({ id, title }: ConnectionInfo) => {
    setBusy(true);
    try {
      await api['connections.connect']({ connection: id });
    } catch (thrown) {
      notifications.show({ message: `${title} is not connected. ${errorDataOf(thrown).message}` });
    } finally {
      setBusy(false);
    }
  };
  return { busy, connect };
}

const what = ({ title, state }: ConnectionInfo): string => {
  switch (state.kind) {
    case 'connected':
    case 'connecting':
      return `${title} is being connected.`;
    case 'needs':
      return `${title} needs something first.`;
    case 'offline':
      return `${title} is offline since ${formatClock(state.since)}.`;
  }
};

const why = ({ state }: ConnectionInfo): string =>
  state.kind === 'needs' || (state.kind === 'offline' && state.error)
    ? [state.error?.message, state.error?.next].filter(Boolean).join(' ')
    : '';

/**
 * Says that a connection is away, since when and why, and that nothing is lost by it; nothing while it is there, and while the window's own link
 * is lost, which is told above everything else.
 */
export function AwayNote({ connection }: { readonly connection: ConnectionInfo }) {
  const { kind } = useLinkStatus();
  const machines = useMachinesOf(connection.id).length;
  const { busy, connect } = useConnect();
  const { state } = connection;
  if (state.kind === 'connected' || kind !== 'open' || (state.kind === 'connecting' && machines === 0)) return null;
  return (
    <output className="away-note" aria-label={`${connection.title} is away`}>
      <IconPlugConnectedX size={16} aria-hidden />
      <span className="grow">
        <span className="medium">{what(connection)}</span> {why(connection)}{' '}
        {machines > 0 &&
          `Its ${count(machines, 'machine')} ${machines === 1 ? 'is' : 'are'} shown as last seen, and can’t be changed until it is back. What you typed is kept.`}
      </span>
      {state.kind !== 'connecting' && refusal({ away: undefined, connection }, 'connect') === undefined && (
        <Button loading={busy} onClick={() => void connect(connection)}>
          Connect
        </Button>
      )}
    </output>
  );
}
