import { useState } from 'react';
import type { XmlProblem } from '../../shared/contract/machines.ts';
import { ReasonedButton } from '../components/reasoned-button.tsx';
import { useLostReason } from '../state/use-link-status.ts';
import { unaskedFix, type Mend } from '../machine/apply-fix.ts';
import './finding-list.css';

interface FindingListProps {
  readonly findings: readonly XmlProblem[];
  /** What the form is called that shows a finding's place; undefined for its line of the XML. */
  readonly placeOf: (finding: XmlProblem) => string;
  readonly onShow: (finding: XmlProblem) => void;
  /** Resolves when they are done. */
  readonly onFix: (mends: readonly Mend[]) => Promise<void>;
}

/** `1 and 2`, `1, 3 and 4`. */
const numbers = (all: readonly number[]): string => `${all.slice(0, -1).join(', ')} and ${String(all.at(-1) ?? '')}`;

/** Mends at once all that can be mended without a question, where that is more than one thing; what it does stands beside it. */
function FixSeveral({
  findings,
  busy,
  onFix,
}: Pick<FindingListProps, 'findings'> & { busy: Busy; onFix: (mends: readonly Mend[]) => void }) {
  const reason = useLostReason();
  const able = findings.flatMap((finding, index) => {
    const fix = unaskedFix(finding);
    return fix ? [{ number: index + 1, mend: { at: finding, fix } }] : [];
  });
  if (able.length < 2) return null;
  return (
    <div className="row finding-all">
      <ReasonedButton
        variant="filled"
        reason={reason}
        loading={busy === 'all'}
        disabled={busy !== null && busy !== 'all'}
        onClick={() => onFix(able.map(({ mend }) => mend))}
      >
        Fix {numbers(able.map(({ number }) => number))}
      </ReasonedButton>
      <span className="small dim">{able.map(({ mend }) => mend.fix.label).join(' · ')}</span>
    </div>
  );
}

/** Which button is at work. */
type Busy = string | null;

/** Everything that stands in the way, numbered: what, what to do, the way to its field, and the buttons that mend it. */
export function FindingList({ findings, placeOf, onShow, onFix }: FindingListProps) {
  const reason = useLostReason();
  const [busy, setBusy] = useState<Busy>(null);
  const run = async (key: string, mends: readonly Mend[]) => {
    setBusy(key);
    try {
      await onFix(mends);
    } finally {
      setBusy(null);
    }
  };
  return (
    <>
      <FixSeveral findings={findings} busy={busy} onFix={(mends) => void run('all', mends)} />
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
                    onClick={() => void run(key, [{ at: finding, fix }])}
                  >
                    {fix.label}
                  </ReasonedButton>
                );
              })}
            </div>
          </li>
        ))}
      </ol>
    </>
  );
}
