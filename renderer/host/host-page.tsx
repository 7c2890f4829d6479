import type { ConnectionInfo } from '../../shared/contract/connections.ts';
import type { ComputerFacts } from '../../shared/contract/computer.ts';
import type { HostFacts } from '../../shared/contract/host.ts';
import { embeddedConnection } from '../../shared/contract/references.ts';
import { RetryCallout } from '../components/retry-callout.tsx';
import { DoctorChecks } from '../computer/doctor-checks.tsx';
import { useComputerFacts, useHostFactsQuery } from '../computer/use-host-facts.ts';
import { useConnections } from '../state/connections.ts';
import { useStanding } from '../state/use-link-status.ts';
import { formatKiB } from '../words/format.ts';
import './host-page.css';

const hostWords: Record<ComputerFacts['host'], string> = {
  desktop: 'the desktop window',
  browser: 'the browser host',
  cli: 'the command line',
};

/** Facts as rows of label and value; `mono` for paths. */
type Row = readonly [label: string, value: string, mono?: boolean];

const hostRows = (facts: HostFacts): readonly Row[] => [
  ['CPUs', String(facts.cpus)],
  ['Memory', formatKiB(facts.memoryKiB)],
  ['QEMU', facts.qemu ? `${facts.qemu.version} at ${facts.qemu.path}` : 'not installed'],
  ['KVM', facts.kvm.message],
  ['UEFI', facts.uefi ? 'firmware is installed' : 'no firmware found: machines start with BIOS'],
];

function Rows({ rows }: { readonly rows: readonly Row[] }) {
  return (
    <dl className="host-facts">
      {rows.map(([label, value, mono]) => (
        <div key={label} className="row">
          <dt>{label}</dt>
          <dd className={mono === true ? 'mono selectable' : 'selectable'}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** This computer: what it is to Tapestry, and what its own connection says of it. */
function Here() {
  const computer = useComputerFacts();
  const host = useHostFactsQuery(embeddedConnection);
  const failed = computer.error ? computer : host.error ? host : undefined;
  if (failed?.error) return <RetryCallout error={failed.error} onRetry={() => void failed.refetch()} />;
  if (!computer.data || !host.data) return <p className="dim">Looking at this computer…</p>;
  const { version, host: by, hostname, root, user, stateDirectory } = computer.data;
  return (
    <Rows
      rows={[
        ['Tapestry', `${version}, served by ${hostWords[by]}`],
        ['Computer', `${hostname}, ${host.data.arch}`],
        ...hostRows(host.data).slice(0, 2),
        ['User', root ? `${user} (root)` : user],
        ...hostRows(host.data).slice(2),
        ['State', stateDirectory, true],
      ]}
    />
  );
}

/** The host of another connection. */
function There({ connection }: { readonly connection: ConnectionInfo }) {
  const { away } = useStanding(connection.id);
  const { data, error, refetch } = useHostFactsQuery(connection.id);
  return (
    <section aria-label={connection.title} data-host>
      <h2>{connection.title}</h2>
      <p className="small dim selectable">
        {connection.uri}
        {away !== undefined && `; ${away}`}
      </p>
      {data ? (
        <Rows rows={[['Computer', `${data.hostname}, ${data.arch}`], ...hostRows(data)]} />
      ) : (
        error && away === undefined && <RetryCallout error={error} onRetry={() => void refetch()} />
      )}
    </section>
  );
}

/** What this computer is and can, what the doctor says, and the hosts of the other connections. */
export function HostPage() {
  const others = (useConnections() ?? []).filter(({ id }) => id !== embeddedConnection);
  return (
    <>
      <header className="page-header lined">
        <h1>This computer</h1>
      </header>
      <div className="page-body">
        <div className="host-page">
          <Here />
          <DoctorChecks full title="Checks" />
          {others.map((connection) => (
            <There key={connection.id} connection={connection} />
          ))}
        </div>
      </div>
    </>
  );
}
