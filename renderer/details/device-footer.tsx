import { IconAlertCircle } from '@tabler/icons-react';
import { ReasonedButton } from '../components/reasoned-button.tsx';
import { count } from '../words/format.ts';
import { HostButton } from '../components/host-button.tsx';

interface DeviceFooterProps {
  readonly adding: boolean;
  /** The text differs from the stored one. */
  readonly edited: boolean;
  /** How many fields were changed; undefined where there are no fields to count. */
  readonly changes: number | undefined;
  /** Edited, or typed into in a way that can't be read. */
  readonly dirty: boolean;
  readonly busy: boolean;
  readonly errors: number;
  readonly rawValid: boolean;
  readonly onFocusFirst: () => void;
  readonly onCancel: () => void;
  readonly onApply: () => void;
}

/** What stands in the way or waits, Cancel and Apply. */
export function DeviceFooter(props: DeviceFooterProps) {
  const { adding, edited, changes, dirty, busy, errors, rawValid, onFocusFirst, onCancel, onApply } = props;
  const blocked = errors > 0 || !rawValid;
  return (
    <footer className="form-footer">
      <output className="grow small">
        {blocked ? (
          <span className="row tone-danger">
            <IconAlertCircle size={15} aria-hidden />{' '}
            {rawValid ? `${count(errors, 'field')} ${errors === 1 ? 'needs' : 'need'} attention.` : 'The XML can’t be read.'}
            {rawValid && (
              <button type="button" className="link" onClick={onFocusFirst}>
                Go to the first
              </button>
            )}
          </span>
        ) : (
          <span className="dim">
            {adding
              ? 'Not added yet'
              : !edited
                ? 'No changes'
                : changes === undefined
                  ? 'Changes not applied'
                  : `${count(changes, 'change')} not applied`}
          </span>
        )}
      </output>
      <ReasonedButton reason={dirty || adding ? undefined : 'There is nothing to cancel'} onClick={onCancel}>
        Cancel
      </ReasonedButton>
      <HostButton
        variant="filled"
        operation="define"
        loading={busy}
        reason={!edited && !adding ? 'There is nothing to apply' : blocked ? 'Some fields need attention first' : undefined}
        onClick={onApply}
      >
        {adding ? 'Add' : 'Apply'}
      </HostButton>
    </footer>
  );
}
