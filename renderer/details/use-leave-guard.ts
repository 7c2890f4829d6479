import { useEffect } from 'react';
import { guardLeaving } from '../route.ts';
import { useDialogs } from '../shell/dialog-store.ts';

/** Asks once before the page is left with unapplied edits. */
export function useLeaveGuard(dirty: boolean, adding: boolean): void {
  const open = useDialogs((state) => state.open);
  useEffect(() => {
    if (!dirty) return undefined;
    return guardLeaving((proceed) => {
      open({
        kind: 'confirm',
        title: adding ? 'Don’t add the new device?' : 'Discard your changes?',
        text: 'What you changed in this form is not applied yet.',
        confirm: adding ? 'Don’t Add' : 'Discard',
        gentle: true,
        run: proceed,
      });
      return false;
    });
  }, [dirty, adding, open]);
}
