import { Fragment } from 'react';
import { CopyButton } from '../components/copy-button.tsx';
import { changedLines } from './changed-lines.ts';
import { colourXml } from './colour-xml.ts';

/** The XML of what the form edits, always beside it: edited lines marked, removed lines struck in red. */
export function XmlPane({
  before,
  after,
  title,
  children,
}: {
  readonly before: string;
  readonly after: string;
  readonly title: string;
  readonly children?: React.ReactNode;
}) {
  const lines = changedLines(before, after);
  return (
    <aside className="xml-pane" aria-label="XML">
      <div className="row xml-pane-head">
        <h3 className="grow">{title}</h3>
        <CopyButton text={after} what="the XML" />
      </div>
      {/* A scrolling box must be reachable by keyboard. */}
      <section className="xml-pane-text scroll selectable" tabIndex={0} aria-label="XML of this device">
        {lines.map((line, index) => (
          <div key={`${String(index)} ${line.text}`} className="xml-line" data-kind={line.kind}>
            <span className="xml-line-number" aria-hidden>
              {line.number ?? '−'}
            </span>
            {line.kind !== 'same' && <span className="visually-hidden">{line.kind === 'added' ? 'new: ' : 'removed: '}</span>}
            <code>
              {colourXml(line.text).map((part, at) => (
                <Fragment key={`${String(at)} ${part.text}`}>
                  {part.kind === 'plain' ? part.text : <span className={`xml-${part.kind}`}>{part.text}</span>}
                </Fragment>
              ))}
            </code>
          </div>
        ))}
      </section>
      {children}
    </aside>
  );
}
