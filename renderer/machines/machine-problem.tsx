import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { keyOf, refOf } from '../../shared/contract/machine-key.ts';
import type { MachineAction, MachineSummary, XmlProblem } from '../../shared/contract/machines.ts';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import type { ErrorData } from '../../shared/errors.ts';
import { ErrorCallout } from '../components/error-callout.tsx';
import { lowHeight, useWindowAtLeast } from '../components/use-window-height.ts';
import { deviceList, findEntry } from '../devices/device-list.ts';
import { errorDataOf } from '../words/errors.ts';
import { useRoute } from '../state/route.ts';
import { useDialogs } from '../state/dialog-store.ts';
import { useServices } from '../state/services.ts';
import { useLostReason } from '../state/use-link-status.ts';
import { useXmlDrafts } from '../xml/draft-store.ts';
import { useMachineXml } from '../xml/use-machine-xml.ts';
import { applyFixes, formOf, openXml, showPlace, type Mend } from '../machine/apply-fix.ts';
import { FindingList } from './finding-list.tsx';
import { isActive } from '../machine/machine-state.ts';
import { findingsKey } from '../machine/use-findings.ts';
import { areSeveral, isOfTheLink, useObstacles } from '../machine/use-obstacles.ts';

const failed: Record<MachineAction, string> = {
  start: 'did not start',
  'start-paused': 'did not start',
  shutdown: 'was not asked to shut down',
  reboot: 'was not rebooted',
  reset: 'was not reset',
  destroy: 'was not forced off',
  suspend: 'was not paused',
  resume: 'was not resumed',
};

/** Codes of a start that came as far as QEMU, whose log then tells of it. */
const ranQemu: ReadonlySet<string> = new Set(['start-failed', 'qemu-exited', 'qmp', 'qmp-protocol', 'deadline']);

/**
 * What went wrong with this machine last (an action of this window, or what the host tells of its last run), and all that keeps it from
 * starting: one callout, with the buttons that mend it.
 */
export function MachineProblem({ machine }: { readonly machine: MachineSummary }) {
  const services = useServices();
  const reason = useLostReason();
  const openDialog = useDialogs((state) => state.open);
  const found = useObstacles(machine);
  const { error, own, findings: obstacles } = found;
  const route = useRoute();
  const [open, setOpen] = useState(false);
  const { data: xml } = useMachineXml(machine);
  const low = !useWindowAtLeast(lowHeight);
  const draft = useXmlDrafts((state) => state.drafts[keyOf(machine)]);
  if (!error && obstacles.length === 0) return null;

  // What failed is asked for again; of a machine that nobody tried to start, nothing.
  const failedAction = error && (own?.action ?? 'start');
  const fix = async (mends: readonly Mend[]) => {
    try {
      const done = await applyFixes(services, machine, mends, failedAction);
      if (done !== undefined) notifications.show({ message: done });
      // A fix of this computer (a bridge that is made) changes no definition.
      await services.queries.invalidateQueries({ queryKey: findingsKey(machine) });
    } catch (thrown) {
      const refused = errorDataOf(thrown);
      // What failed before stays told: it is no nearer to being mended.
      if (isOfTheLink(refused)) notifications.show({ message: `Nothing was changed. ${refused.message}` });
      else services.problems.getState().report(machine, { error: refused, at: Date.now(), action: own?.action });
    }
  };
  const didNotStart = machine.reason === 'failed' && !isActive(machine);
  const title = own?.action
    ? `${machine.name} ${failed[own.action]}.`
    : own
      ? undefined
      : didNotStart
        ? `${machine.name} did not start.`
        : `The last run of ${machine.name} failed.`;
  const several = areSeveral(found);
  const tab = route.page === 'machine' ? route.tab : undefined;
  const atDevice = route.page === 'machine' && tab === 'details' && !['overview', undefined].includes(route.device);
  // The page comes first where there is little room, and so does the form of a device, and a text that is edited, which is told of below it.
  const folded = several && !open && (low || (atDevice && !error) || (tab === 'xml' && draft !== undefined && draft.text !== draft.base));
  const place = (path: string | undefined) => placeName(path, xml?.inactive ?? undefined);
  // The log is of the last run: it tells of a run that failed, and of a start that came as far as QEMU.
  const hasLog = error !== undefined && ((!own && !didNotStart) || ranQemu.has(error.code));
  const shown: ErrorData = several
    ? {
        code: error?.code ?? 'xml-unsupported',
        message:
          obstacles.length === 1
            ? `One thing keeps ${machine.name} from starting here.`
            : `${String(obstacles.length)} things keep ${machine.name} from starting here.`,
        ...(error?.detail === undefined ? {} : { detail: error.detail }),
      }
    : (error ?? asData(obstacles));
  return (
    <div className="machine-problem">
      <ErrorCallout
        error={shown}
        title={error ? title : undefined}
        at={own?.at ?? (error ? machine.lastErrorAt : undefined)}
        onFix={several || !error ? undefined : (chosen) => fix([{ at: error, fix: chosen }])}
        fixReason={reason}
        onDismiss={error ? () => services.problems.getState().dismiss(machine, machine.lastErrorAt) : undefined}
        place={several || error?.path === undefined ? undefined : place(error.path)}
        onPlace={several || !error ? undefined : () => showPlace(machine, error)}
        below={
          several && !folded ? (
            <FindingList
              findings={obstacles}
              placeOf={({ path, line }) => (tab === 'xml' && line !== undefined ? `Line ${String(line)}` : place(path))}
              onShow={(finding) => (tab === 'xml' ? openXml(machine, finding) : showPlace(machine, finding))}
              onFix={fix}
            />
          ) : undefined
        }
      >
        {folded && <Button onClick={() => setOpen(true)}>Show {obstacles.length === 1 ? 'It' : 'Them'}</Button>}
        {hasLog && <Button onClick={() => openDialog({ kind: 'log', machine: refOf(machine) })}>Show QEMU Log…</Button>}
      </ErrorCallout>
    </div>
  );
}

const asData = ([first]: readonly XmlProblem[]): ErrorData => ({ code: 'xml-unsupported', message: first?.message ?? '' });

/** What the form is called that shows a path: the device's title, else where it stands in the XML. */
function placeName(path: string | undefined, xml: string | undefined): string {
  const form = formOf(path);
  if (form === undefined || xml === undefined) return 'Show in the XML';
  try {
    return findEntry(deviceList(parseXml(xml), undefined), form)?.title ?? 'Show in the XML';
  } catch {
    return 'Show in the XML'; // a definition that can't be read has no devices
  }
}
