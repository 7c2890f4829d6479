import { Button, Group, Select, Stack, Textarea } from '@mantine/core';
import { useState } from 'react';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { keyboardLayout, maxTypedText } from '../../shared/contract/screens.ts';
import type { ErrorData } from '../../shared/errors.ts';
import { Dialog, DialogCancel } from '../components/dialog.tsx';
import { ErrorCallout } from '../components/error-callout.tsx';
import { useApi } from '../state/services.ts';
import { errorDataOf } from '../words/errors.ts';
import { layoutNames, type ScreenChoices } from './screen-choices.ts';

interface TypeTextDialogProps {
  readonly machine: MachineSummary;
  readonly first: string;
  readonly layout: ScreenChoices['layout'];
  readonly onLayout: (layout: ScreenChoices['layout']) => void;
  readonly onClose: () => void;
}

/** Types a text into the guest as if on its keyboard: for guests that know no clipboard, an installer or a login. */
export function TypeTextDialog({ machine, first, layout, onLayout, onClose }: TypeTextDialogProps) {
  const api = useApi();
  const [text, setText] = useState(first);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorData | null>(null);
  const type = async () => {
    setBusy(true);
    setError(null);
    try {
      await api['screens.type']({ machine: refOf(machine), text, layout });
      onClose();
    } catch (thrown) {
      setError(errorDataOf(thrown));
      setBusy(false);
    }
  };
  return (
    <Dialog onClose={onClose} dirty={text !== first && !busy} title={`Type into ${machine.name}`} size={520}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void type();
        }}
      >
        <Stack gap={14}>
          <Textarea
            label="Text"
            description="Typed key by key; a new line is Enter."
            data-autofocus
            autosize
            minRows={3}
            maxRows={10}
            maxLength={maxTypedText}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Select
            label="Keyboard layout of the guest"
            allowDeselect={false}
            data={keyboardLayout.options.map((value) => ({ value, label: layoutNames[value] }))}
            value={layout}
            onChange={(value) => onLayout(keyboardLayout.catch(layout).parse(value))}
          />
          {error && <ErrorCallout error={error} />}
          <Group justify="flex-end">
            <DialogCancel />
            <Button type="submit" loading={busy} disabled={text === ''}>
              Type It
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
