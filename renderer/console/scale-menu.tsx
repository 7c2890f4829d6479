import { Button, Menu } from '@mantine/core';
import { IconAspectRatio, IconChevronDown } from '@tabler/icons-react';
import type { ScreenState } from '../../shared/contract/screens.ts';
import { percents, type ScreenChoices } from './screen-choices.ts';

type Scale = ScreenChoices['scale'];

const words: Readonly<Record<Extract<Scale, string>, string>> = {
  fit: 'Fit',
  'one-to-one': '1:1',
  'resize-guest': 'Resize the Guest with the Window',
};
const scales: readonly Scale[] = ['fit', 'one-to-one', 'resize-guest', ...percents];

/** Cards that tell a guest of no size: QEMU's have no EDID and no channel for it. */
const fixed: ReadonlySet<string> = new Set(['cirrus', 'ramfb', 'vmvga', 'xen']);

const label = (scale: Scale): string => (typeof scale === 'number' ? `${String(scale)} %` : words[scale]);

interface ScaleMenuProps {
  readonly scale: Scale;
  /** How large the picture is at present, per cent. */
  readonly percent: number | null;
  readonly model: ScreenState['model'];
  readonly onScale: (scale: Scale) => void;
}

/** How large the picture is shown; the percentage is the fact, not the setting. */
export function ScaleMenu({ scale, percent, model, onScale }: ScaleMenuProps) {
  const reason = fixed.has(model) ? `a ${model} card tells its guest of no size` : undefined;
  const fact = scale === 'fit' && percent !== null ? ` ${String(percent)} %` : '';
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          className="console-port"
          leftSection={<IconAspectRatio size={15} />}
          rightSection={<IconChevronDown size={13} />}
        >
          {scale === 'resize-guest' ? 'Resized' : label(scale)}
          {fact !== '' && <span className="dim num screen-percent">{fact}</span>}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup
          value={String(scale)}
          onChange={(value) => {
            const next = scales.find((one) => String(one) === value);
            if (next !== undefined && !(next === 'resize-guest' && reason !== undefined)) onScale(next);
          }}
        >
          {scales.map((one) => (
            <Menu.RadioItem
              key={one}
              value={String(one)}
              closeMenuOnClick
              {...(one === 'resize-guest' && reason !== undefined
                ? { 'aria-disabled': 'true' as const, 'data-disabled': true, title: reason, 'aria-description': reason }
                : {})}
            >
              {label(one)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  );
}
