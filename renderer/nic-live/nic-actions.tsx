import { IconArrowsMove, IconPlug, IconPlugX } from '@tabler/icons-react';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { keyOf } from '../../shared/contract/machine-key.ts';
import { ReasonedButton } from '../components/reasoned-button.tsx';
import { errorDataOf } from '../words/errors.ts';
import { nicTitle } from '../nics/nic-words.ts';
import { useLostReason } from '../state/use-link-status.ts';
import { justOpen, useKeptOpen } from '../state/kept-open.ts';
import { useApi, useServices } from '../state/services.ts';
import { unsupported } from '../forms/support.ts';
import { readPlace } from '../xml/edits.ts';
import type { DeviceFormProps } from '../forms/types.ts';
import { changeNic } from './change-nic.ts';
import { MoveCableDialog, moveWasTyped } from './move-cable-dialog.tsx';
import { typeOf } from './nic-model.ts';

/** Pull Cable, Plug In, Move Cable… of a NIC. */
export function NicActions({ context }: DeviceFormProps) {
  const api = useApi();
  const { problems } = useServices();
  const [busy, setBusy] = useState(false);
  const { live, machine } = context;
  const mac = (live && readPlace(live, 'mac/@address')) ?? '';
  const [moving, setMoving] = useKeptOpen(`move-cable.${keyOf(machine)}.${mac}`, justOpen, () => moveWasTyped(machine, mac));
  const down = live !== undefined && readPlace(live, 'link/@state') === 'down';
  const lost = useLostReason();
  const off = lost ?? (live ? undefined : 'The machine does not run with this NIC');
  const blocked = off ?? (context.edited === true ? 'Apply or cancel your changes first' : undefined);
  const type = live ? typeOf(live) : '';
  const toggle = async () => {
    setBusy(true);
    try {
      await changeNic(api, context, [{ place: 'link/@state', value: down ? undefined : 'down' }], { persist: true });
      notifications.show({ message: down ? 'The cable is plugged in.' : 'The cable is pulled.' });
    } catch (thrown) {
      problems.getState().report(machine, { error: errorDataOf(thrown), at: Date.now(), action: undefined });
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <ReasonedButton
        reason={unsupported('update-nic-link', context) ?? blocked}
        loading={busy}
        onClick={() => void toggle()}
        leftSection={down ? <IconPlug size={15} aria-hidden /> : <IconPlugX size={15} aria-hidden />}
      >
        {down ? 'Plug In' : 'Pull Cable'}
      </ReasonedButton>
      <ReasonedButton
        reason={
          unsupported('update-nic-bridge', context) ??
          blocked ??
          (type === 'bridge' ? undefined : 'Only a NIC on a bridge has a cable that can be moved')
        }
        onClick={() => setMoving(true)}
        leftSection={<IconArrowsMove size={15} aria-hidden />}
      >
        Move Cable…
      </ReasonedButton>
      {moving && live && <MoveCableDialog nic={context} title={nicTitle(live)} onClose={() => setMoving(undefined)} />}
    </>
  );
}
