import { Button, Group, TextInput } from '@mantine/core';
import { useRef, useState, type KeyboardEvent } from 'react';
import { Dialog, DialogCancel } from '../components/dialog.tsx';
import { combinationLabel, linuxKey, useRecordedKeys } from './recorded-keys.ts';

/** Takes a combination down as it is pressed, to be sent again and again. */
export function RecordKeysDialog({ onClose }: { readonly onClose: () => void }) {
  const add = useRecordedKeys((state) => state.add);
  const [keys, setKeys] = useState<readonly string[]>([]);
  const held = useRef<readonly string[]>([]);
  const press = (event: KeyboardEvent) => {
    const modified = event.ctrlKey || event.altKey || event.metaKey || event.shiftKey;
    // By themselves these walk the dialog and close it.
    if (!modified && (event.key === 'Tab' || event.key === 'Escape')) return;
    if (event.key === 'Tab' && event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    event.nativeEvent.stopImmediatePropagation();
    const key = linuxKey(event.code);
    if (key === undefined || held.current.includes(key)) return;
    held.current = [...held.current, key];
    setKeys(held.current);
  };
  const release = () => {
    held.current = [];
  };
  return (
    <Dialog onClose={onClose} title="Record a combination" size={440}>
      <form
        className="column"
        onSubmit={(event) => {
          event.preventDefault();
          if (keys.length === 0) return;
          add(keys);
          onClose();
        }}
      >
        <TextInput
          label="Combination"
          description="Press its keys together in this field. It is then in Send Key, for every machine."
          placeholder="Ctrl+Alt+…"
          data-autofocus
          autoComplete="off"
          value={combinationLabel(keys)}
          onChange={() => undefined}
          onKeyDown={press}
          onKeyUp={release}
          onBlur={release}
        />
        <Group justify="flex-end" mt="md">
          <DialogCancel />
          <Button type="submit" variant="filled" disabled={keys.length === 0}>
            Keep It
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}
