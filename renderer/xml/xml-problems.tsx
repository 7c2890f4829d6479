import { IconAlertCircle, IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react';
import type { XmlProblem } from '../../shared/contract/machines.ts';

/** How a finding is called where its icon isn't seen. */
const severityWords = { error: 'Error', unsupported: 'Error', warning: 'Warning', note: 'Note' } as const satisfies Record<
  XmlProblem['severity'],
  string
>;

/** The problems under the editor; picking one shows its line. */
export function XmlProblems({
  problems,
  onPick,
}: {
  readonly problems: readonly XmlProblem[];
  readonly onPick: (problem: XmlProblem) => void;
}) {
  return (
    <ul className="xml-problems" aria-label="Problems">
      {problems.map((problem) => (
        <li key={`${problem.path} ${String(problem.line)} ${problem.message}`}>
          <button type="button" className="xml-problem inset-focus" onClick={() => onPick(problem)}>
            {problem.severity === 'note' ? (
              <IconInfoCircle size={14} className="dim" aria-hidden />
            ) : problem.severity === 'warning' ? (
              <IconAlertTriangle size={14} className="tone-paused" aria-hidden />
            ) : (
              <IconAlertCircle size={14} className="tone-danger" aria-hidden />
            )}
            <span className="visually-hidden">{severityWords[problem.severity]}:</span>
            <span className="num dim nowrap">
              {problem.line === undefined
                ? ''
                : `Line ${String(problem.line)}${problem.column === undefined ? '' : `:${String(problem.column)}`}`}
            </span>
            <span className="grow">{problem.message}</span>
            {problem.severity === 'unsupported' && <span className="tag">a start refuses this</span>}
            <span className="mono dim clip">{problem.path}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
