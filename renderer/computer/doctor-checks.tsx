import { IconAlertTriangle, IconCircleCheck, IconCircleMinus, IconCircleX, IconLoader2 } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { HostCheck } from '../../shared/contract/host-check.ts';
import { CopyButton } from '../components/copy-button.tsx';
import { RetryCallout } from '../components/retry-callout.tsx';
import { useDoctor } from './use-doctor.ts';
import './doctor-checks.css';

const icons: Record<HostCheck['status'], ReactNode> = {
  ok: <IconCircleCheck size={16} aria-hidden />,
  warning: <IconAlertTriangle size={16} aria-hidden />,
  error: <IconCircleX size={16} aria-hidden />,
  running: <IconLoader2 size={16} aria-hidden className="turning" />,
  skipped: <IconCircleMinus size={16} aria-hidden />,
};
const words: Record<HostCheck['status'], string> = {
  ok: 'Fine',
  warning: 'Needs you',
  error: 'Broken',
  running: 'Being tried',
  skipped: 'Not tried',
};

/** What needs the user stands first; the rest keeps its order. */
export function sortChecks(checks: readonly HostCheck[]): readonly HostCheck[] {
  const rank = (check: HostCheck) => (check.status === 'error' ? 0 : check.status === 'warning' ? 1 : 2);
  return checks.toSorted((a, b) => rank(a) - rank(b));
}

/** The doctor's checks: what was tried, what came out, and the command that mends it. */
export function DoctorChecks({ full, title = 'This computer' }: { readonly full: boolean; readonly title?: string }) {
  const { checks, busy, error, run } = useDoctor(full);
  const fine = checks.filter((check) => check.status === 'ok').length;
  const wanting = checks.filter((check) => check.status === 'error' || check.status === 'warning').length;
  return (
    <section aria-labelledby="doctor-title">
      <div className="doctor-head">
        <h2 id="doctor-title">{title}</h2>
        <output className="small dim num">
          {busy
            ? 'checking…'
            : checks.length > 0
              ? `${String(fine)} fine${wanting === 0 ? '' : `, ${String(wanting)} ${wanting === 1 ? 'needs' : 'need'} you`}`
              : ''}
        </output>
        <span className="grow" />
        <button type="button" className="link" onClick={() => run(true)} aria-disabled={busy}>
          Check Again
        </button>
      </div>
      {error && <RetryCallout error={error} title="The checks were not finished." onRetry={() => run(full)} />}
      <ul className="doctor-list">
        {sortChecks(checks).map((check) => (
          <li key={check.id} className="doctor-check" data-status={check.status}>
            <span className="doctor-icon">
              {icons[check.status]}
              <span className="visually-hidden">{words[check.status]}:</span>
            </span>
            <span className="medium doctor-title">{check.title}</span>
            <span className="grow">
              <span className="dim selectable">{check.message}</span>
              {check.detail !== undefined && <span className="doctor-detail small dim selectable">{check.detail}</span>}
            </span>
            {check.command !== undefined && (
              <span className="doctor-command">
                <code className="mono selectable">{check.command}</code>
                <CopyButton text={check.command} what={`the command for ${check.title}`} size={20} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
