import { Menu } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { notifications } from '@mantine/notifications';
import type { KeyboardEvent } from 'react';
import type { ConnectionInfo } from '../../shared/contract/connections.ts';
import type { Operation } from '../../shared/contract/operations.ts';
import { useContextMenu } from '../components/context-menu.tsx';
import { ReasonedItem } from '../components/reasoned-item.tsx';
import { useConnect } from '../machine/away-note.tsx';
import { ConnectionIcon } from '../machine/connection-icon.tsx';
import { connectionWord } from '../machine/connection-words.ts';
import { isRunning } from '../machine/machine-filter.ts';
import { useMachinesOf } from '../state/machines-of.ts';
import { go } from '../state/route.ts';
import { useApi } from '../state/services.ts';
import { useUi } from '../state/ui-store.ts';
import { connectionLost, refusal, useStanding } from '../state/use-link-status.ts';
import { errorDataOf } from '../words/errors.ts';

/** What can be done with a connection as a whole. */
function ConnectionMenu({ connection }: { readonly connection: ConnectionInfo }) {
  const api = useApi();
  const { id, title, state } = connection;
  const { connect } = useConnect();
  const openNewMachine = useUi((ui) => ui.openNewMachine);
  const standing = useStanding(id);
  // A connection that is away can be connected all the same; over a link that is lost, nothing can be asked for.
  const asked = { connection, away: standing.away === connectionLost ? connectionLost : undefined };
  const refused = (operation: Operation) => refusal(asked, operation);
  const disconnect = async () => {
    try {
      await api['connections.disconnect']({ connection: id });
    } catch (thrown) {
      notifications.show({ message: `${title} is still connected. ${errorDataOf(thrown).message}` });
    }
  };
  return (
    <>
      <ReasonedItem reason={refusal(standing, 'define')} onClick={() => openNewMachine({ connection: id })}>
        New VM…
      </ReasonedItem>
      <Menu.Item onClick={() => go({ page: 'network', connection: id })}>Open Network</Menu.Item>
      <Menu.Divider />
      {state.kind === 'offline' || state.kind === 'needs' ? (
        <ReasonedItem reason={refused('connect')} onClick={() => void connect(connection)}>
          Connect
        </ReasonedItem>
      ) : (
        <ReasonedItem reason={refused('disconnect')} onClick={() => void disconnect()}>
          Disconnect
        </ReasonedItem>
      )}
    </>
  );
}

interface NavigationConnectionProps {
  readonly connection: ConnectionInfo;
  readonly open: boolean;
  readonly onToggle: () => void;
}

/** A connection as a root of the navigation: its name, how many of its machines run, or how it stands where it is away. */
export function NavigationConnection({ connection, open, onToggle }: NavigationConnectionProps) {
  const machines = useMachinesOf(connection.id);
  const word = connectionWord(connection);
  const context = useContextMenu(`Actions for ${connection.title}`, () => <ConnectionMenu connection={connection} />);
  const Chevron = open ? IconChevronDown : IconChevronRight;
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key === (open ? 'ArrowLeft' : 'ArrowRight')) {
      event.preventDefault();
      onToggle();
    } else context.props.onKeyDown(event);
  };
  return (
    <>
      <button
        type="button"
        className={`nav-item nav-root inset-focus${connection.state.kind === 'connected' ? '' : ' stale'}`}
        data-stop
        title={`${connection.title}: ${connection.uri}`}
        tabIndex={-1}
        aria-expanded={open}
        onClick={onToggle}
        {...context.props}
        onKeyDown={onKeyDown}
      >
        <Chevron size={13} aria-hidden className="nav-chevron" />
        <span className="nav-icon">
          <ConnectionIcon connection={connection} />
        </span>
        <span className="clip medium">{connection.title}</span>
        {word === undefined ? (
          <span className="nav-right num">
            {machines.filter(isRunning).length} of {machines.length}
          </span>
        ) : (
          <span className={`nav-right${connection.state.kind === 'connecting' ? '' : ' tone-paused'}`}>{word}</span>
        )}
      </button>
      {context.menu}
    </>
  );
}
