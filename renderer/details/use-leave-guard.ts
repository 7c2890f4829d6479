import { useEffect, useEffectEvent, useRef } from 'react';
import { guardLeaving } from '../state/route.ts';
import { useDialogs, type Dialog } from '../state/dialog-store.ts';

/**
 * Asks once before the page is left with unapplied edits, whichever way it is left.
 * @param onDiscard gives the edits up, when that is the answer
 */
export function useLeaveGuard(dirty: boolean, adding: boolean, onDiscard: () => void): void {
  const question = useRef<Dialog | null>(null);
  const discard = useEffectEvent(onDiscard);
  useEffect(() => {
    if (!dirty) return undefined;
    return guardLeaving((proceed) => {
      const { open, close } = useDialogs.getState();
      // Back was pressed once more while it asked: the last way out is the one that is meant.
      if (question.current) close(question.current);
      const asked: Dialog = {
        kind: 'confirm',
        title: adding ? 'Don’t add the new device?' : 'Discard your changes?',
        text: 'What you changed in this form is not applied yet.',
        confirm: adding ? 'Don’t Add' : 'Discard',
        gentle: true,
        run: () => {
          discard();
          proceed();
        },
      };
      question.current = asked;
      open(asked);
      return false;
    });
  }, [dirty, adding]);
}
