import { ActionIcon, Checkbox } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import type { DeviceFormProps } from '../../forms/types.ts';
import { bootKinds, bootOrder, bootWords, devicesWithOrder, withBootOrder, type BootKind } from './boot-order.ts';
import './boot-devices.css';

/** Where the firmware looks for a system, in order: ticked kinds first, with arrows to move them. */
export function BootDevices({ context }: DeviceFormProps) {
  const own = devicesWithOrder(context.element);
  const order = bootOrder(context.element);
  const set = (next: readonly BootKind[]) => context.setText(withBootOrder(context.document.text, next));
  const move = (kind: BootKind, by: -1 | 1) => {
    const from = order.indexOf(kind);
    const next = [...order];
    next.splice(from, 1);
    next.splice(from + by, 0, kind);
    set(next);
  };
  if (own.length > 0) {
    return (
      <div className="boot-devices">
        <p className="hint">The devices of this machine carry their own order, set at each device:</p>
        <ol>
          {own
            .toSorted((a, b) => Number(a.order) - Number(b.order))
            .map((device) => (
              <li key={device.name} className="row">
                <span className="num dim">{device.order}</span> <span className="mono">{device.name}</span>
              </li>
            ))}
        </ol>
      </div>
    );
  }
  const rows = [...order, ...bootKinds.filter((kind) => !order.includes(kind))];
  return (
    <fieldset className="plain-group boot-devices" aria-label="Boot devices in order">
      {rows.map((kind) => {
        const at = order.indexOf(kind);
        return (
          <div key={kind} className="row boot-device">
            <Checkbox
              label={at < 0 ? bootWords[kind] : `${String(at + 1)}. ${bootWords[kind]}`}
              checked={at >= 0}
              onChange={() => set(at >= 0 ? order.filter((other) => other !== kind) : [...order, kind])}
            />
            <span className="grow" />
            {at > 0 && (
              <ActionIcon size={22} aria-label={`${bootWords[kind]} earlier`} onClick={() => move(kind, -1)}>
                <IconArrowUp size={14} />
              </ActionIcon>
            )}
            {at >= 0 && at < order.length - 1 && (
              <ActionIcon size={22} aria-label={`${bootWords[kind]} later`} onClick={() => move(kind, 1)}>
                <IconArrowDown size={14} />
              </ActionIcon>
            )}
          </div>
        );
      })}
    </fieldset>
  );
}
