import { Modal, type ModalProps } from '@mantine/core';
import { useEffect, useState } from 'react';
import { presentFocus, returnFocus } from './focus-return.ts';

/**
 * A modal dialog that is open for as long as it is shown. Once it is gone, the focus is back where it was before. The component
 * library's own way back only knows of modals that stay mounted while they are closed.
 */
export function Dialog(props: Omit<ModalProps, 'opened'>) {
  // The first render still sees what had the focus: the trap takes it later.
  const [opener] = useState(presentFocus);
  useEffect(() => () => returnFocus(opener), [opener]);
  return <Modal opened {...props} />;
}
