import { SegmentedControl, useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import { Button, NumberInput } from '@mantine/core';
import { Field } from '../components/field.tsx';
import { useDialogs } from '../state/dialog-store.ts';
import { fontSize, useUi } from '../state/ui-store.ts';

const isScheme = (value: string): value is MantineColorScheme => value === 'auto' || value === 'light' || value === 'dark';

/** What this window remembers for itself. */
export function SettingsPage() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const font = useUi((state) => state.terminalFont);
  const setFont = useUi((state) => state.setTerminalFont);
  const openDialog = useDialogs((state) => state.open);
  return (
    <>
      <header className="page-header lined">
        <h1>Settings</h1>
      </header>
      <div className="page-body">
        <div className="form" style={{ maxWidth: 640 }}>
          <Field label="Colours" hint="“As the system” follows the desktop’s light or dark setting. The console is dark in both.">
            {({ id, ...rest }) => (
              <SegmentedControl
                id={id}
                aria-label="Colours"
                aria-describedby={rest['aria-describedby']}
                value={colorScheme}
                onChange={(value) => {
                  if (isScheme(value)) setColorScheme(value);
                }}
                data={[
                  { value: 'auto', label: 'As the system' },
                  { value: 'light', label: 'Light' },
                  { value: 'dark', label: 'Dark' },
                ]}
              />
            )}
          </Field>
          <Field
            label="Console text"
            hint={`Pixels, ${String(fontSize.least)} to ${String(fontSize.most)}. In the console: Ctrl+Plus, Ctrl+Minus, Ctrl+0.`}
          >
            {(props) => (
              <NumberInput
                {...props}
                w={72}
                min={fontSize.least}
                max={fontSize.most}
                value={font}
                onChange={(value) => {
                  if (typeof value === 'number') setFont(value);
                }}
              />
            )}
          </Field>
          <Field label="Keys">
            {({ id }) => (
              <Button id={id} onClick={() => openDialog({ kind: 'shortcuts' })}>
                Show All Keys…
              </Button>
            )}
          </Field>
        </div>
      </div>
    </>
  );
}
