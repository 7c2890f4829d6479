import { useState } from 'react';
import type { XmlProblem } from '../../shared/contract/machines.ts';
import type { ErrorFix } from '../../shared/errors.ts';
import { ReasonedButton } from '../components/reasoned-button.tsx';
import { useLostReason } from '../shell/use-link-status.ts';
import './finding-list.css';

interface FindingListProps {
  readonly findings: readonly XmlProblem[];
  /** What the form is called that shows a finding's place; undefined for its line of the XML. */
  readonly placeOf: (finding: XmlProblem) => string;
  readonly onShow: (finding: XmlProblem) => void;
  /** Resolves when it is done. */
  readonly onFix: (finding: XmlProblem, fix: ErrorFix) => Promise<void>;
}

/** Everything that stands in the way, numbered: what, what to do, the way to its field, and the buttons that mend it. */
export function FindingList({ findings, placeOf, onShow, onFix }: FindingListProps) {
  const reason = useLostReason();
  const [busy, setBusy] = useState<string | null>(null);
  const run = async (key: string, finding: XmlProblem, fix: ErrorFix) => {
    setBusy(key);
    try {
      await onFix(finding, fix);
    } finally {
      setBusy(null);
    }
  };
  return (
    <ol className="finding-list" aria-label="Findings">
      {findings.map((finding, index) => (
        <li key={`${finding.path} ${finding.message}`}>
          <span className="finding-number num" aria-hidden>
            {index + 1}
          </span>
          <div className="grow">
            <p className="selectable">{finding.message}</p>
            <p className="small dim selectable">
              {finding.next}{' '}
              <button type="button" className="link" title={finding.path} onClick={() => onShow(finding)}>
                {placeOf(finding)}
              </button>
            </p>
          </div>
          <div className="row">
            {(finding.fixes ?? []).map((fix) => {
              const key = `${String(index)} ${fix.kind} ${fix.value ?? ''}`;
              return (
                <ReasonedButton
                  key={key}
                  reason={reason}
                  loading={busy === key}
                  disabled={busy !== null && busy !== key}
                  onClick={() => void run(key, finding, fix)}
                >
                  {fix.label}
                </ReasonedButton>
              );
            })}
          </div>
        </li>
      ))}
    </ol>
  );
}
