import { ActionIcon, Button, Tooltip, type ButtonProps } from '@mantine/core';
import { forwardRef, useId, useState, type ReactNode } from 'react';

interface Reasoned {
  /** Why the button can't be used now; it stays in the tab order and tells this. */
  readonly reason?: string | undefined;
  readonly onClick: () => void;
}

/** A button that, when it can't be used, says why instead of fading away. */
export const ReasonedButton = forwardRef<
  HTMLButtonElement,
  ButtonProps & Reasoned & { readonly children: ReactNode; readonly 'aria-label'?: string }
>(function ReasonedButton({ reason, onClick, children, ...rest }, ref) {
  const id = useId();
  const blocked = reason !== undefined;
  // A reason that comes while the pointer or the focus is there (the deed was just done) isn't shouted: it is told to who comes next.
  const [was, setWas] = useState(blocked);
  const [quiet, setQuiet] = useState(false);
  if (was !== blocked) {
    setWas(blocked);
    setQuiet(blocked);
  }
  const come = () => setQuiet(false);
  return (
    <Tooltip label={reason} disabled={!blocked || quiet}>
      <Button
        ref={ref}
        {...rest}
        onMouseEnter={come}
        onFocus={come}
        {...(blocked ? { 'aria-disabled': 'true' as const, 'aria-describedby': id } : {})}
        onClick={(event) => (blocked ? event.preventDefault() : onClick())}
      >
        {children}
        {/* Hidden outright: it describes the button and must not lengthen its name. */}
        {blocked && (
          <span id={id} hidden>
            {reason}
          </span>
        )}
      </Button>
    </Tooltip>
  );
});

/** The same for a button that is only an icon. */
export const ReasonedIcon = forwardRef<
  HTMLButtonElement,
  Reasoned & { readonly label: string; readonly children: ReactNode; readonly pressed?: boolean; readonly size?: number }
>(function ReasonedIcon({ reason, onClick, label, children, pressed, size = 26 }, ref) {
  return (
    <Tooltip label={reason === undefined ? label : `${label}: ${reason}`}>
      <ActionIcon
        ref={ref}
        size={size}
        aria-label={label}
        {...(pressed === undefined ? {} : { 'aria-pressed': pressed })}
        {...(reason === undefined ? { onClick } : { 'aria-disabled': 'true' as const, 'aria-description': reason })}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
});
