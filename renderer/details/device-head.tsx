import { notifications } from '@mantine/notifications';
import { IconTrash } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { ErrorData } from '../../shared/errors.ts';
import { errorDataOf } from '../words/errors.ts';
import { useDialogs } from '../state/dialog-store.ts';
import { HostButton } from '../components/host-button.tsx';
import { useApi } from '../state/services.ts';
import type { DeviceEntry } from '../devices/device-list.ts';
import { removalQuestion, removeDevice, type Removal } from './remove-device.ts';

interface DeviceHeadProps {
  readonly title: string;
  /** Beside the title, dim. */
  readonly subtitle?: ReactNode;
  /** Absent while the device is being added. */
  readonly entry: DeviceEntry | undefined;
  /** Undefined for a part of the domain, which every machine has. */
  readonly removal: Removal | undefined;
  /** Why it can't be removed; undefined when it can. */
  readonly refusal: string | undefined;
  readonly onRemoved: () => void;
  readonly onError: (error: ErrorData) => void;
  /** Form or XML. */
  readonly choice: ReactNode;
  /** Commands of the device's kind. */
  readonly children?: ReactNode;
}

const stateTag = ({ state }: DeviceEntry): string => (state === 'added' ? 'runs from the next start on' : 'differs from what runs');

/** The device's name, how it stands to what runs, and its commands. */
export function DeviceHead({ title, subtitle, entry, removal, refusal, onRemoved, onError, choice, children }: DeviceHeadProps) {
  const api = useApi();
  const open = useDialogs((state) => state.open);
  const ask = (what: Removal) =>
    open({
      kind: 'confirm',
      connection: what.machine.connection,
      title: `Remove ${what.what}?`,
      text: removalQuestion(what),
      confirm: `Remove ${what.what}`,
      run: async () => {
        try {
          notifications.show({ message: await removeDevice(api, what) });
          onRemoved();
        } catch (thrown) {
          onError(errorDataOf(thrown));
        }
      },
    });
  return (
    <div className="device-head">
      <h2 className="clip" title={title}>
        {title}
      </h2>
      <div className="device-subtitle">{subtitle}</div>
      {entry && entry.state !== 'same' && (
        <span className="tag warn device-tag clip" title={stateTag(entry)}>
          {stateTag(entry)}
        </span>
      )}
      {choice}
      {children}
      {removal && (
        <HostButton operation="define" reason={refusal} onClick={() => ask(removal)} leftSection={<IconTrash size={15} />}>
          Remove
        </HostButton>
      )}
    </div>
  );
}
