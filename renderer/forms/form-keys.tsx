import type { KeyboardEvent, ReactNode } from 'react';
import { useEscapeBelow } from '../components/layers.ts';
import { useDialogs } from '../state/dialog-store.ts';

interface FormKeysProps {
  readonly className: string;
  readonly label: string;
  /** Something is typed that isn't applied. */
  readonly dirty: boolean;
  readonly onApply: () => void;
  /** Gives what was typed up; it has been asked about. */
  readonly onDiscard: () => void;
  readonly children: ReactNode;
}

/** Where Enter means something else: a line of a text, a button, the picked row of an open list. */
const ownEnter = 'textarea, button, a, [role="textbox"], [aria-expanded="true"], [type="checkbox"], [type="radio"]';

/** A form with its keys: Enter in a field applies, Esc cancels, after a question, since it may have been meant for something else. */
export function FormKeys({ className, label, dirty, onApply, onDiscard, children }: FormKeysProps) {
  const open = useDialogs((state) => state.open);
  useEscapeBelow(dirty, () =>
    open({
      kind: 'confirm',
      title: 'Discard your changes?',
      text: 'What you changed in this form is not applied yet.',
      confirm: 'Discard',
      stay: 'Keep Editing',
      gentle: true,
      run: onDiscard,
    }),
  );
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const { target, currentTarget } = event;
    // Events of dialogs that the form opens come here too, by way of React's tree.
    if (!(target instanceof HTMLInputElement) || !currentTarget.contains(target) || target.matches(ownEnter) || !dirty) return;
    event.preventDefault();
    onApply();
  };
  return (
    // The keys come from the fields, which are controls of their own.
    <section className={className} aria-label={label} onKeyDown={onKeyDown}>
      {children}
    </section>
  );
}
