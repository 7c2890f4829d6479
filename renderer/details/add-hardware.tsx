import { Button, Menu } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import type { XmlDocument } from '../../shared/domain-xml/xml/nodes.ts';
import { ReasonedButton } from '../components/reasoned-button.tsx';
import { ReasonedItem } from '../components/reasoned-item.tsx';
import { addable } from '../devices/new-device.ts';

/** The kinds of hardware that can be added, each with one sentence; what can't says why. */
export function AddHardware({ document, onAdd }: { readonly document: XmlDocument | undefined; readonly onAdd: (id: string) => void }) {
  if (!document) {
    return (
      <div className="details-add">
        <ReasonedButton
          fullWidth
          leftSection={<IconPlus size={15} />}
          reason="This machine has no stored definition"
          onClick={() => undefined}
        >
          Add Hardware
        </ReasonedButton>
      </div>
    );
  }
  return (
    <div className="details-add">
      <Menu position="top-start" width={320}>
        <Menu.Target>
          <Button fullWidth leftSection={<IconPlus size={15} />}>
            Add Hardware
          </Button>
        </Menu.Target>
        <Menu.Dropdown mah={480} style={{ overflow: 'auto' }}>
          {addable.map(({ Icon, id, label, hint, refuse }) => {
            const reason = refuse?.(document);
            return (
              <ReasonedItem key={id} leftSection={<Icon size={15} />} reason={reason} onClick={() => onAdd(id)}>
                <span className="medium">{label}</span>
                <br />
                <span className="small dim">{reason ?? hint}</span>
              </ReasonedItem>
            );
          })}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
