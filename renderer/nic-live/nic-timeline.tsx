import { useState } from 'react';
import type { NicStatus } from '../../shared/contract/networks.ts';
import type { NicStep } from '../../shared/contract/nic-steps.ts';
import { nicStepTitle, nicStepWords, stepAuthorWords } from '../../shared/words/nic-step-words.ts';
import { CopyButton } from '../components/copy-button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { formatClock } from '../words/format.ts';
import { stepOffset } from '../nics/nic-words.ts';

/** Steps that fit in a row. */
const most = 6;
const main = new Set<NicStep['kind']>([
  'created',
  'mac',
  'enslaved',
  'up',
  'handed',
  'attached',
  'moved',
  'link',
  'bandwidth',
  'script',
  'refused',
  'lost',
  'gone',
  'detached',
]);

/** The steps that the row shows: how it came to be, and what happened last. Pure. */
export function rowSteps(steps: readonly NicStep[]): readonly NicStep[] {
  if (steps.length <= most) return steps;
  const chosen = steps.filter(({ kind }) => main.has(kind));
  if (chosen.length <= most) return chosen;
  return [...chosen.slice(0, most - 2), ...chosen.slice(-2)];
}

/** Clock time with the milliseconds that a lifecycle is about: `13:58:02.114`. */
const exactClock = (at: number): string => `${formatClock(at)}.${String(Math.floor(at) % 1000).padStart(3, '0')}`;

/** What happened to a NIC: created, MAC, put on a bridge, up, handed to QEMU, moved, gone. Times are relative to the first step. */
export function NicTimeline({ nic }: { readonly nic: NicStatus }) {
  const [open, setOpen] = useState(false);
  const steps = rowSteps(nic.timeline);
  const [first] = nic.timeline;
  if (!first) return null;
  return (
    <div className="nic-timeline">
      <ol className="nic-steps" aria-label="What happened to this NIC">
        {steps.map((step, index) => (
          <li
            key={`${String(step.at)} ${step.kind} ${String(index)}`}
            className="nic-step"
            data-last={index === steps.length - 1 || undefined}
            data-bad={step.kind === 'refused' || undefined}
            data-lost={step.kind === 'lost' || undefined}
            title={`${nicStepWords(step)}${step.by === undefined ? '' : ` (${stepAuthorWords(step.by)})`}`}
          >
            <span className="nic-step-dot" aria-hidden />
            <span className="small medium clip">{nicStepTitle(step)}</span>
            <span className="tiny dim num clip">{index === 0 ? exactClock(step.at) : stepOffset(step.at - first.at)}</span>
          </li>
        ))}
      </ol>
      <button type="button" className="link small" onClick={() => setOpen(true)}>
        History
      </button>
      {open && (
        <Dialog onClose={() => setOpen(false)} title="History of this NIC" size={800}>
          <div className="row nic-history-head">
            <p className="small dim grow">
              {nic.alias}, {nic.mac}
              {nic.device === null ? '' : `, ${nic.device}`}
            </p>
            <CopyButton
              text={nic.timeline
                .map(
                  (step) =>
                    `${new Date(step.at).toISOString()} ${nicStepWords(step)}${step.by === undefined ? '' : ` [${stepAuthorWords(step.by)}]`}`,
                )
                .join('\n')}
              what="the history"
            />
          </div>
          <section className="nic-history" tabIndex={0} aria-label="Steps">
            <table className="table">
              <thead>
                <tr>
                  <th>Time</th>
                  <th className="right">Since the first</th>
                  <th>What</th>
                  <th>By</th>
                </tr>
              </thead>
              <tbody>
                {nic.timeline.map((step, index) => (
                  <tr key={`${String(step.at)} ${String(index)}`}>
                    <td className="num">{exactClock(step.at)}</td>
                    <td className="right num dim">{index === 0 ? '' : stepOffset(step.at - first.at)}</td>
                    <td className="selectable nic-history-text">{nicStepWords(step)}</td>
                    <td className="dim selectable">{step.by === undefined ? '' : stepAuthorWords(step.by)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </Dialog>
      )}
    </div>
  );
}
