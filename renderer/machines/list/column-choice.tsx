import { ActionIcon, Checkbox, Popover, Tooltip } from '@mantine/core';
import { IconColumns3, IconGripVertical } from '@tabler/icons-react';
import { useState, type KeyboardEvent } from 'react';
import { columnLabel, columns, moved, toggled, usualColumns, type ColumnId } from './list-columns.ts';
import { useList } from './list-store.ts';

/** Which columns the list shows, and in which order: by check boxes, dragging, or Alt with the arrow keys. */
export function ColumnChoice() {
  const shown = useList((state) => state.shown);
  const setShown = useList((state) => state.setShown);
  const [open, setOpen] = useState(false);
  const [dragged, setDragged] = useState<ColumnId | null>(null);
  const order = [...shown, ...columns.map(({ id }) => id).filter((id) => !shown.includes(id))];
  const onKeyDown = (event: KeyboardEvent, id: ColumnId) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    if (event.altKey) setShown(moved(shown, id, by));
    else {
      const boxes = [...(event.currentTarget.closest('ul')?.querySelectorAll<HTMLElement>('input') ?? [])];
      boxes[boxes.indexOf(event.target as HTMLElement) + by]?.focus();
    }
  };
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" width={230} trapFocus returnFocus>
      <Popover.Target>
        <Tooltip label="Columns">
          <ActionIcon aria-label="Columns" aria-expanded={open} onClick={() => setOpen(!open)}>
            <IconColumns3 size={16} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label="Columns of the list">
        <p className="small dim">Columns, drag to order (Alt with the arrows)</p>
        <ul className="column-choice">
          {order.map((id) => (
            <li
              key={id}
              draggable={shown.includes(id)}
              onDragStart={() => setDragged(id)}
              onDragOver={(event) => {
                if (dragged !== null && shown.includes(id)) event.preventDefault();
              }}
              onDrop={() => {
                if (dragged !== null) setShown(moved(shown, dragged, shown.indexOf(id) - shown.indexOf(dragged)));
                setDragged(null);
              }}
              onDragEnd={() => setDragged(null)}
            >
              <IconGripVertical size={14} aria-hidden className="dim" />
              <Checkbox
                size="xs"
                label={columnLabel(id)}
                checked={shown.includes(id)}
                onChange={() => setShown(toggled(shown, id))}
                onKeyDown={(event) => onKeyDown(event, id)}
              />
            </li>
          ))}
        </ul>
        <button type="button" className="link small" onClick={() => setShown(usualColumns)}>
          As It Came
        </button>
      </Popover.Dropdown>
    </Popover>
  );
}
