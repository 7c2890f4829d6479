import { Menu } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { ReasonedItem } from '../components/reasoned-item.tsx';
import { functionKeys, keyCombinations } from './key-combinations.ts';
import { RecordKeysDialog } from './record-keys-dialog.tsx';
import { combinationLabel, useRecordedKeys } from './recorded-keys.ts';

interface SendKeyMenuProps {
  /** Why nothing can be sent now. */
  readonly reason: string | undefined;
  readonly onSend: (keys: readonly string[]) => void;
  readonly onTypeText: () => void;
  /** The button that opens it. */
  readonly children: ReactNode;
}

/** Keys that the window or the computer keeps for itself, one's own combinations, and text. */
export function SendKeyMenu({ reason, onSend, onTypeText, children }: SendKeyMenuProps) {
  const { combinations, remove } = useRecordedKeys();
  const [recording, setRecording] = useState(false);
  const item = (keys: readonly string[], label = combinationLabel(keys), also?: string) => (
    <ReasonedItem key={label} reason={reason} onClick={() => onSend(keys)}>
      {label} {also !== undefined && <span className="small dim">{also}</span>}
    </ReasonedItem>
  );
  return (
    <>
      <Menu position="bottom-start">
        <Menu.Target>{children}</Menu.Target>
        <Menu.Dropdown className="screen-keys">
          {keyCombinations.map(({ label, keys, also }) => item(keys, label, also))}
          <Menu.Sub floatingStrategy="fixed">
            <Menu.Sub.Target>
              <Menu.Sub.Item>Ctrl+Alt+F1 … F12</Menu.Sub.Item>
            </Menu.Sub.Target>
            <Menu.Sub.Dropdown className="screen-keys">{functionKeys.map(({ label, keys }) => item(keys, label))}</Menu.Sub.Dropdown>
          </Menu.Sub>
          <Menu.Divider />
          {combinations.length > 0 && <Menu.Label>Yours</Menu.Label>}
          {combinations.map((keys) => item(keys))}
          <Menu.Item onClick={() => setRecording(true)}>Record a Combination…</Menu.Item>
          {combinations.length > 0 && (
            <Menu.Sub floatingStrategy="fixed">
              <Menu.Sub.Target>
                <Menu.Sub.Item>Forget a Combination</Menu.Sub.Item>
              </Menu.Sub.Target>
              <Menu.Sub.Dropdown>
                {combinations.map((keys) => (
                  <Menu.Item key={keys.join()} onClick={() => remove(keys)}>
                    Forget {combinationLabel(keys)}
                  </Menu.Item>
                ))}
              </Menu.Sub.Dropdown>
            </Menu.Sub>
          )}
          <Menu.Divider />
          <ReasonedItem reason={reason} onClick={onTypeText}>
            Type Text…
          </ReasonedItem>
        </Menu.Dropdown>
      </Menu>
      {recording && <RecordKeysDialog onClose={() => setRecording(false)} />}
    </>
  );
}
