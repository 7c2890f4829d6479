import type { Activity } from '../../shared/contract/computer.ts';
import { useConnections } from '../state/connections.ts';
import { useActivity } from '../state/activity-store.ts';
import { useServices } from '../state/services.ts';
import { formatClock } from '../words/format.ts';

/** The recorded activity, newest first. */
export function ActivityList({ lines }: { readonly lines: readonly Activity[] }) {
  const connections = useConnections() ?? [];
  const titles = new Map(connections.map(({ id, title }) => [id, title]));
  const several = connections.length > 1;
  if (lines.length === 0) return <p className="activity-empty dim small">What Tapestry does to this computer is listed here.</p>;
  return (
    <ol className="activity-list" aria-label="Activity, newest first">
      {lines.toReversed().map((line) => (
        <li key={`${line.connection} ${String(line.at)} ${line.text}`} className="selectable">
          <span className="num dim nowrap">{formatClock(line.at)}</span>
          <span className="grow" data-severity={line.severity}>
            {line.severity === 'info' ? '' : line.severity === 'error' ? 'Error: ' : 'Warning: '}
            {line.text}
          </span>
          {line.machine !== undefined && <span className="dim clip">{line.machine}</span>}
          {several && <span className="dim nowrap">{titles.get(line.connection) ?? line.connection}</span>}
        </li>
      ))}
    </ol>
  );
}

/** {@link ActivityList} of all that is known. */
export function RecentActivity() {
  return <ActivityList lines={useActivity(useServices().activity)} />;
}
