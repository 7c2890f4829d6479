import { InputWrapperContext } from '@mantine/core';
import { IconAlertCircle, IconAlertTriangle, IconArrowBackUp } from '@tabler/icons-react';
import { useId, type ReactNode } from 'react';
import './field.css';

/** What the control of a field needs to be tied to its label, hint and error. */
export interface ControlProps {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly error: boolean;
  /** Mantine gives an input the descriptions of its own wrapper only; this hands it those of the field. */
  readonly inputContainer: (input: ReactNode) => ReactNode;
}

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
  /** Behind the error: the way out. */
  readonly errorAction?: ReactNode;
  readonly warning?: ReactNode;
  /** Edited and not applied: an accent bar until Apply or Cancel. */
  readonly edited?: boolean;
  /** Saved but not in force: an amber bar and this sentence, with Revert where it can be taken back. */
  readonly pending?: { readonly text: string; readonly onRevert?: (() => void) | undefined } | undefined;
  /** What is stored here keeps the machine from starting: three words that lead to where that is told. */
  readonly fault?: string | undefined;
  /** Beside the control, on its line. */
  readonly aside?: ReactNode;
  readonly children: (props: ControlProps) => ReactNode;
}

/** One row of a form: label, control, and below it hint, warning and error. The error row grows; nothing else moves. */
export function Field({ label, hint, error, errorAction, warning, edited = false, pending, fault, aside, children }: FieldProps) {
  const id = useId();
  const described = [
    hint !== undefined && `${id}-hint`,
    error !== undefined && `${id}-error`,
    warning !== undefined && `${id}-warning`,
    pending && `${id}-pending`,
    fault !== undefined && `${id}-fault`,
  ]
    .filter(Boolean)
    .join(' ');
  const describedBy = described === '' ? undefined : described;
  return (
    <>
      <label className="form-label" htmlFor={id}>
        {label}
      </label>
      <div className="field" data-edited={edited || undefined} data-pending={pending ? true : undefined}>
        <div className="row field-line">
          {children({
            id,
            'aria-describedby': describedBy,
            error: error !== undefined || fault !== undefined,
            inputContainer: (input) => (
              <InputWrapperContext
                value={{ offsetTop: false, offsetBottom: false, describedBy, inputId: id, labelId: undefined, getStyles: null }}
              >
                {input}
              </InputWrapperContext>
            ),
          })}
          {aside}
          {fault !== undefined && (
            <span className="small tone-danger nowrap" id={`${id}-fault`}>
              {fault}
            </span>
          )}
          {pending && (
            <span className="field-pending" id={`${id}-pending`}>
              {pending.text}
              {pending.onRevert && (
                <button type="button" className="field-revert" onClick={pending.onRevert}>
                  <IconArrowBackUp size={13} aria-hidden /> Revert
                </button>
              )}
            </span>
          )}
        </div>
        {error !== undefined && (
          <p className="field-error" id={`${id}-error`} role="alert">
            <IconAlertCircle size={14} aria-hidden />
            <span>
              {error} {errorAction}
            </span>
          </p>
        )}
        {warning !== undefined && (
          <div className="field-warning" id={`${id}-warning`}>
            <IconAlertTriangle size={14} aria-hidden /> <span>{warning}</span>
          </div>
        )}
        {hint !== undefined && (
          <div className="hint" id={`${id}-hint`}>
            {hint}
          </div>
        )}
      </div>
    </>
  );
}
