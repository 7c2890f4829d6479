import { ActionIcon } from '@mantine/core';
import { IconAlertTriangle, IconX } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import type { ErrorData, ErrorFix } from '../../shared/errors.ts';
import { formatClock } from '../words/format.ts';
import { ReasonedButton } from './reasoned-button.tsx';
import './error-callout.css';

interface ErrorCalloutProps {
  readonly error: ErrorData;
  /** What failed, as the bold beginning: "web-01 did not start." */
  readonly title?: string | undefined;
  /** ms since the epoch. */
  readonly at?: number | undefined;
  /** Which fixes can be offered here; a fix without a handler is not shown. Resolves when it is done. */
  readonly onFix?: ((fix: ErrorFix) => void | Promise<void>) | undefined;
  /** Why none of the fixes can be carried out now; a command can be copied all the same. */
  readonly fixReason?: string | undefined;
  readonly onDismiss?: (() => void) | undefined;
  /** What the place at fault is called, and the way to it. */
  readonly place?: string | undefined;
  readonly onPlace?: (() => void) | undefined;
  /** Under the sentence: all findings, where there are several. */
  readonly below?: ReactNode;
  readonly children?: ReactNode;
}

/** An error with its cause, the next step, the buttons that mend it, and the raw words one click away. */
export function ErrorCallout({ error, title, at, onFix, fixReason, onDismiss, place, onPlace, below, children }: ErrorCalloutProps) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState<string | null>(null);
  const [copied, setCopied] = useState<string | null>(null);
  const apply = async (fix: ErrorFix) => {
    if (fix.kind === 'copy-command') {
      await navigator.clipboard.writeText(fix.value ?? '');
      setCopied(fix.value ?? '');
      return;
    }
    setBusy(fix.kind);
    try {
      await onFix?.(fix);
    } finally {
      setBusy(null);
    }
  };
  const fixes = (error.fixes ?? []).filter((fix) => fix.kind === 'copy-command' || onFix);
  return (
    <div className="callout bad error-callout" role="alert">
      <IconAlertTriangle size={16} aria-hidden />
      <div className="grow">
        <p className="selectable">
          {title !== undefined && <strong className="strong">{title} </strong>}
          {error.message} {error.next !== undefined && <span>{error.next}</span>}
        </p>
        {error.issues?.map((issue) => (
          <p key={`${issue.path} ${issue.message}`} className="small selectable">
            <span className="mono">{issue.path}</span> {issue.message}
          </p>
        ))}
        {error.path !== undefined && (
          <p className="small dim selectable mono">
            {error.path}{' '}
            {onPlace && (
              <button type="button" className="link" onClick={onPlace}>
                {place ?? 'Show It'}
              </button>
            )}
          </p>
        )}
        {below}
        {(fixes.length > 0 || error.detail !== undefined || children !== undefined) && (
          <div className="row error-callout-actions">
            {fixes.map((fix) => (
              <ReasonedButton
                key={`${fix.kind} ${fix.value ?? ''}`}
                reason={fix.kind === 'copy-command' ? undefined : fixReason}
                loading={busy === fix.kind}
                onClick={() => void apply(fix)}
              >
                {fix.kind === 'copy-command' && copied === fix.value ? 'Copied' : fix.label}
              </ReasonedButton>
            ))}
            {children}
            {error.detail !== undefined && (
              <button type="button" className="link" aria-expanded={open} onClick={() => setOpen(!open)}>
                {open ? 'Hide Details' : 'Show Details'}
              </button>
            )}
          </div>
        )}
        {open && error.detail !== undefined && <pre className="error-callout-detail mono selectable">{error.detail}</pre>}
      </div>
      {at !== undefined && <span className="dim num small">{formatClock(at)}</span>}
      {onDismiss && (
        <ActionIcon size={20} aria-label="Dismiss this message" onClick={onDismiss}>
          <IconX size={14} />
        </ActionIcon>
      )}
    </div>
  );
}
