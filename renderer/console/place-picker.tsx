import { Button, Menu } from '@mantine/core';
import { IconChevronDown, IconDeviceDesktop, IconTerminal2 } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { ScreenState } from '../../shared/contract/screens.ts';

/** The place where a screen would be, of a machine that has none. */
export const noScreen = 'screen';

/** What a screen is called, among those of its machine. */
export function screenLabel(screens: readonly Pick<ScreenState, 'id'>[], id: string): string {
  const index = screens.findIndex((one) => one.id === id);
  return screens.length > 1 ? `Screen ${String(index + 1)}` : 'Screen';
}

interface PlacePickerProps {
  readonly machine: MachineSummary;
  readonly screens: readonly ScreenState[];
  /** A screen's id, {@link noScreen}, or a port's alias. */
  readonly shown: string;
  readonly onPick: (place: string) => void;
  /** What else can be done with the one that is shown. */
  readonly children?: ReactNode;
}

/** Which of a machine's screens and serial ports is looked at. */
export function PlacePicker({ machine, screens, shown, onPick, children }: PlacePickerProps) {
  const port = machine.consoles.find((one) => one.alias === shown);
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          className="console-port"
          leftSection={port ? <IconTerminal2 size={15} /> : <IconDeviceDesktop size={15} />}
          rightSection={<IconChevronDown size={13} />}
        >
          {port?.label ?? screenLabel(screens, shown)}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup value={shown} onChange={onPick}>
          {screens.length === 0 && (
            <Menu.RadioItem value={noScreen} closeMenuOnClick>
              Screen <span className="dim">none</span>
            </Menu.RadioItem>
          )}
          {screens.map(({ id }) => (
            <Menu.RadioItem key={id} value={id} closeMenuOnClick>
              {screenLabel(screens, id)} <span className="dim mono">{id}</span>
            </Menu.RadioItem>
          ))}
          {machine.consoles.map((one) => (
            <Menu.RadioItem key={one.alias} value={one.alias} closeMenuOnClick>
              {one.label} <span className="dim mono">{one.alias}</span>
              {one.interactive ? '' : ' (output only)'}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        {children !== undefined && <Menu.Divider />}
        {children}
      </Menu.Dropdown>
    </Menu>
  );
}
