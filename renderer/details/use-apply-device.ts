import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { ErrorData } from '../../shared/errors.ts';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { elementAt } from '../../shared/domain-xml/xml/path.ts';
import { errorDataOf } from '../words/errors.ts';
import { redefine } from '../machine/redefine.ts';
import { useApi } from '../state/services.ts';
import { editElement, elementText, readPlace, type Change } from '../xml/edits.ts';
import { applyPlan, type ApplyPlan } from './apply-plan.ts';
import { deviceList, type DeviceEntry } from '../devices/device-list.ts';
import type { EditedText } from './use-edited-text.ts';

interface Target {
  readonly machine: MachineSummary;
  readonly running: boolean;
  readonly entry: DeviceEntry | undefined;
  readonly adding: boolean;
  /** Path of the device in the edited text; `/domain` for a part of the domain. */
  readonly path: string;
  readonly onDone: (key: string) => void;
}

/**
 * How an edit reaches the machine: by a plan, part by part; at once; at once by unplugging the device and plugging it in again; or by the
 * definition alone.
 */
export type ApplyHow = { readonly plan: ApplyPlan } | 'live' | 'replug' | 'config';

/** Apply and Revert of one device: they run, what went wrong, and where the window goes then. */
export function useApplyDevice(edit: EditedText, target: Target | undefined) {
  const api = useApi();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorData | null>(null);

  const send = async (how: ApplyHow, { machine, running, adding, entry, path }: Target): Promise<string> => {
    const { text, base } = edit;
    const element = elementText(text, path) ?? '';
    if (how === 'config') {
      await api['machines.define']({ connection: machine.connection, xml: text, expect: base.hash });
      return running ? 'Saved. It takes effect after the next shutdown.' : `${machine.name} is saved.`;
    }
    if (how === 'live') {
      const answer = await api['machines.device']({
        machine: refOf(machine),
        how: adding ? 'attach' : 'update',
        xml: element,
        scope: 'both',
        expect: base.hash,
      });
      return (
        answer.message ?? (answer.state === 'pending' ? 'The guest has been asked; it has not answered yet.' : 'In force now, and saved.')
      );
    }
    if (how === 'replug') {
      const alias = entry?.live && readPlace(entry.live, 'alias/@name');
      const { state, replugged, message } = await api['machines.device']({
        machine: refOf(machine),
        how: 'update',
        xml: element,
        // What was saved before waits only to be in force.
        ...(edit.edited ? { scope: 'both' as const, expect: base.hash } : { scope: 'live' as const }),
        replug: true,
        ...(alias === undefined ? {} : { alias }),
      });
      if (message !== undefined) return message;
      if (state === 'pending') return 'The guest has been asked to let go of it; it is plugged in again as soon as it has.';
      return replugged === true ? 'Unplugged and plugged in again: in force now.' : 'In force now.';
    }
    const message = await applyPlan(api, machine, how.plan, { xml: text, element, expect: base.hash });
    return (
      message ?? (how.plan.later.length === 0 ? 'In force now, and saved.' : 'Changed now, and saved; the rest waits for the next start.')
    );
  };

  const finish = ({ adding, entry, path, onDone }: Target) => {
    const same = deviceList(parseXml(edit.text), undefined).find((one) => one.path === path);
    // The page re-renders with the settled text before the route changes: else it would ask about unapplied edits.
    if (adding) setTimeout(() => onDone(same?.key ?? 'overview'), 0);
    // What names the device in the route (a MAC, a target) may have been edited.
    else if (entry && path !== '/domain' && same && same.key !== entry.key) setTimeout(() => onDone(same.key), 0);
  };

  const apply = async (how: ApplyHow) => {
    if (!target) return;
    setBusy(true);
    setError(null);
    try {
      notifications.show({ message: await send(how, target) });
      edit.settle(target.adding ? '' : undefined);
      finish(target);
    } catch (thrown) {
      setError(errorDataOf(thrown));
    } finally {
      setBusy(false);
    }
  };

  /** Puts live values back into the stored definition. */
  const revert = async (changes: (element: NonNullable<ReturnType<typeof elementAt>>) => readonly Change[]) => {
    if (!target) return;
    setError(null);
    try {
      await redefine(api, target.machine, (now) => {
        const element = elementAt(parseXml(now), target.path);
        return element ? editElement(now, target.path, changes(element)) : now;
      });
    } catch (thrown) {
      setError(errorDataOf(thrown));
    }
  };

  return { busy, error, setError, apply, revert };
}
