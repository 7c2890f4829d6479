import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import { Dialog as ModalDialog } from './dialog.tsx';
import type { Dialog } from '../state/dialog-store.ts';
import { embeddedConnection } from '../../shared/contract/references.ts';
import { ConnectionScope } from '../state/connections.ts';
import { HostButton } from './host-button.tsx';

/** Asks before something is lost. The filled button names the deed; Cancel has the focus. */
export function ConfirmDialog({
  dialog,
  onClose,
}: {
  readonly dialog: Extract<Dialog, { kind: 'confirm' }>;
  readonly onClose: () => void;
}) {
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    try {
      await dialog.run();
    } finally {
      onClose();
    }
  };
  return (
    <ModalDialog onClose={onClose} title={dialog.title} size={440}>
      <p>{dialog.text}</p>
      <Group justify="flex-end" gap={8} mt="lg">
        <Button onClick={onClose} data-autofocus>
          {dialog.stay ?? 'Cancel'}
        </Button>
        {dialog.gentle === true ? (
          // What is only let go of in this window needs no host.
          <Button variant="filled" loading={busy} onClick={() => void run()}>
            {dialog.confirm}
          </Button>
        ) : (
          <ConnectionScope value={dialog.connection ?? embeddedConnection}>
            <HostButton variant="filled" color="red.7" loading={busy} onClick={() => void run()}>
              {dialog.confirm}
            </HostButton>
          </ConnectionScope>
        )}
      </Group>
    </ModalDialog>
  );
}
