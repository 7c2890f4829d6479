import { useQuery } from '@tanstack/react-query';
import type { HostFacts } from '../../shared/contract/host.ts';
import { RetryCallout } from '../components/retry-callout.tsx';
import { formatKiB } from '../words/format.ts';
import { useApi } from '../state/services.ts';
import { DoctorChecks } from '../computer/doctor-checks.tsx';
import './host-page.css';

const hostWords: Record<HostFacts['host'], string> = {
  desktop: 'the desktop window',
  browser: 'the browser host',
  cli: 'the command line',
};

/** Facts as rows of label and value. */
const rowsOf = (facts: HostFacts): readonly (readonly [string, string, boolean])[] => [
  ['Tapestry', `${facts.version}, served by ${hostWords[facts.host]}`, false],
  ['Computer', `${facts.hostname}, ${facts.arch}`, false],
  ['CPUs', String(facts.cpus), false],
  ['Memory', formatKiB(facts.memoryKiB), false],
  ['User', facts.root ? `${facts.user} (root)` : facts.user, false],
  ['QEMU', facts.qemu ? `${facts.qemu.version} at ${facts.qemu.path}` : 'not installed', false],
  ['KVM', facts.kvm.message, false],
  ['UEFI', facts.uefi ? 'firmware is installed' : 'no firmware found: machines start with BIOS', false],
  ['State', facts.stateDirectory, true],
];

/** What this computer is and can, and what the doctor says. */
export function HostPage() {
  const api = useApi();
  const facts = useQuery({ queryKey: ['host-facts'], queryFn: ({ signal }) => api['host.facts']({}, { signal }) });
  return (
    <>
      <header className="page-header lined">
        <h1>This computer</h1>
      </header>
      <div className="page-body">
        <div className="host-page">
          {facts.isPending && <p className="dim">Looking at this computer…</p>}
          {facts.error && <RetryCallout error={facts.error} onRetry={() => void facts.refetch()} />}
          {facts.data && (
            <dl className="host-facts">
              {rowsOf(facts.data).map(([label, value, mono]) => (
                <div key={label} className="row">
                  <dt>{label}</dt>
                  <dd className={mono ? 'mono selectable' : 'selectable'}>{value}</dd>
                </div>
              ))}
            </dl>
          )}
          <DoctorChecks full title="Checks" />
        </div>
      </div>
    </>
  );
}
