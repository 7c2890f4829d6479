import type { ConnectionInfo } from '../../shared/contract/connections.ts';
import { useHostFacts } from '../computer/use-host-facts.ts';
import { ConnectionIcon } from '../machine/connection-icon.tsx';
import { connectionWord } from '../machine/connection-words.ts';
import { useMachinesOf } from '../state/machines-of.ts';
import { count } from '../words/format.ts';

/** The row of the list that a connection's machines begin with: what it is, and how many it has. */
export function MachineGroup({
  connection,
  width,
  index,
}: {
  readonly connection: ConnectionInfo;
  /** Columns of the table. */
  readonly width: number;
  readonly index: number;
}) {
  const machines = useMachinesOf(connection.id).length;
  const facts = useHostFacts(connection.id);
  const word = connectionWord(connection);
  return (
    <tr className="machine-group" aria-rowindex={index + 2}>
      <th scope="rowgroup" colSpan={width}>
        <span className="row">
          <ConnectionIcon connection={connection} />
          <span className="medium clip">{connection.title}</span>
          <span className="small dim num nowrap">{count(machines, 'machine')}</span>
          {word !== undefined && (
            <span className={`small nowrap ${connection.state.kind === 'connecting' ? 'dim' : 'tone-paused'}`}>{word}</span>
          )}
          <span className="small dim clip">
            {[connection.uri, facts?.qemu ? `QEMU ${facts.qemu.version}` : undefined].filter(Boolean).join(' · ')}
          </span>
        </span>
      </th>
    </tr>
  );
}
