import { Button, Group, Modal, type ModalProps } from '@mantine/core';
import { createContext, useContext, useEffect, useEffectEvent, useRef, useState } from 'react';
import { guardLeaving, onRoute } from '../state/route.ts';
import { presentFocus, returnFocus } from './focus-return.ts';
import { useLayer, wasPressBesideFloating } from './layers.ts';

interface DialogProps extends Omit<ModalProps, 'opened'> {
  /** Something was typed into it that closing would lose: it asks first, also before the page under it is left. */
  readonly dirty?: boolean;
  /** What was typed is given up, by the answer to that question; the dialog closes then. */
  readonly onDiscard?: (() => void) | undefined;
}

/** Closes the dialog that one is in, and gives up what was typed, without a question. */
const GiveUp = createContext<(() => void) | undefined>(undefined);

/** The Cancel of the dialog that it stands in: its word is the answer already, so it asks nothing. */
export function DialogCancel(props: { readonly 'data-autofocus'?: boolean }) {
  const giveUp = useContext(GiveUp);
  return (
    <Button {...props} onClick={giveUp}>
      Cancel
    </Button>
  );
}

/**
 * A modal dialog that is open for as long as it is shown, one layer of the window (see layers.ts): Esc, a press beside it and its × close
 * the topmost only. Once it is gone, the focus is back where it was before. The component library's own way back only knows of modals
 * that stay mounted while they are closed, and each of its modals hears Esc by itself.
 */
export function Dialog({ dirty = false, onDiscard, onClose, children, closeOnClickOutside = true, ...rest }: DialogProps) {
  // The first render still sees what had the focus: the trap takes it later.
  const [opener] = useState(presentFocus);
  useEffect(() => () => returnFocus(opener), [opener]);
  /** What happens when the question is answered with yes. */
  const [asking, setAsking] = useState<(() => void) | null>(null);
  const ask = (then: () => void) => setAsking(() => then);
  const close = () => {
    if (dirty) ask(onClose);
    else onClose();
  };
  const giveUp = () => {
    onDiscard?.();
    onClose();
  };
  useLayer(close);
  useEffect(
    () =>
      dirty
        ? guardLeaving((proceed) => {
            ask(proceed);
            return false;
          })
        : undefined,
    [dirty],
  );
  // Another page is shown: whoever went there was asked.
  const left = useRef(false);
  const leave = useEffectEvent(() => {
    if (!left.current) onClose();
    left.current = true;
  });
  useEffect(() => onRoute(() => leave()), []);
  return (
    <GiveUp value={giveUp}>
      <Modal
        opened
        {...rest}
        closeOnEscape={false}
        // Else each open dialog would claim to be the banner of the page.
        attributes={{ header: { role: 'none' } }}
        closeOnClickOutside={false}
        overlayProps={{
          backgroundOpacity: 0.35,
          blur: 0,
          onClick: () => {
            if (closeOnClickOutside && !wasPressBesideFloating()) close();
          },
        }}
        onClose={close}
      >
        {children}
      </Modal>
      {asking && (
        <Discard
          onStay={() => setAsking(null)}
          onDiscard={() => {
            setAsking(null);
            onDiscard?.();
            asking();
          }}
        />
      )}
    </GiveUp>
  );
}

/** Asks before typed input is given up; staying has the focus. */
function Discard({ onStay, onDiscard }: { readonly onStay: () => void; readonly onDiscard: () => void }) {
  return (
    <Dialog onClose={onStay} title="Discard what you typed?" size={440}>
      <p>What you entered in this dialog has not been used yet.</p>
      <Group justify="flex-end" gap={8} mt="lg">
        <Button onClick={onStay} data-autofocus>
          Keep Editing
        </Button>
        <Button variant="filled" onClick={onDiscard}>
          Discard
        </Button>
      </Group>
    </Dialog>
  );
}
