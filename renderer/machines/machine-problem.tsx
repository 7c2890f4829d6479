import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { MachineAction, MachineSummary, XmlProblem } from '../../shared/contract/machines.ts';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import type { ErrorData, ErrorFix } from '../../shared/errors.ts';
import { ErrorCallout } from '../components/error-callout.tsx';
import { deviceList, findEntry } from '../details/device-list.ts';
import { errorDataOf } from '../errors.ts';
import { useRoute } from '../route.ts';
import { useDialogs } from '../shell/dialog-store.ts';
import { useServices } from '../state/services.ts';
import { useLostReason } from '../shell/use-link-status.ts';
import { useMachineXml } from '../xml/use-machine-xml.ts';
import { applyFix, formOf, showPlace, type FaultPlace } from './apply-fix.ts';
import { FindingList } from './finding-list.tsx';
import { isActive } from './machine-state.ts';
import { useFindings } from './use-findings.ts';

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

const asFinding = ({ path, message, next, fixes, line }: ErrorData): XmlProblem => ({
  severity: 'unsupported',
  path: path ?? '',
  message,
  ...(next === undefined ? {} : { next }),
  ...(fixes === undefined ? {} : { fixes }),
  ...(line === undefined ? {} : { line }),
});

/** Did asking fail, and not what was asked for: the definition has no part in it. */
const isOfTheLink = ({ code }: ErrorData): boolean => code === 'closed';

/** The failure, if it isn't one of the findings, and all findings; the newest word on each. Pure. */
export function obstaclesOf(error: ErrorData | undefined, findings: readonly XmlProblem[]): readonly XmlProblem[] {
  if (!error) return findings;
  // What the check finds now is newer than what the start was told.
  const told = findings.length > 0 ? findings : (error.findings ?? []);
  if (
    told.length === 0 ||
    isOfTheLink(error) ||
    told.some(({ path, message }) => message === error.message || (path !== '' && path === error.path))
  )
    return told;
  return [asFinding(error), ...told];
}

/**
 * What went wrong with this machine last (an action of this window, or what the host tells of its last run), and all that keeps it from
 * starting: one callout, with the buttons that mend it.
 */
export function MachineProblem({ machine }: { readonly machine: MachineSummary }) {
  const services = useServices();
  const reason = useLostReason();
  const own = services.problems((state) => state.byMachine[machine.uuid]);
  const dismissed = services.problems((state) => state.dismissed[machine.uuid]);
  const openDialog = useDialogs((state) => state.open);
  const findings = useFindings(machine);
  const route = useRoute();
  const [open, setOpen] = useState(false);
  const { data: xml } = useMachineXml(machine.uuid);
  // A start that went well since, in whatever window, settles what failed before.
  const settled = own !== undefined && machine.startedAt !== null && machine.startedAt > own.at;
  const mine = settled ? undefined : own;
  const told = dismissed !== undefined && dismissed === machine.lastErrorAt ? undefined : machine.lastError;
  const error = mine?.error ?? told;
  const obstacles = obstaclesOf(error, findings);
  if (!error && obstacles.length === 0) return null;

  const action = mine?.action ?? (told ? 'start' : undefined);
  const fix = async (at: FaultPlace, chosen: ErrorFix) => {
    try {
      const done = await applyFix(services, machine, at, chosen, error ? (action ?? 'start') : undefined);
      if (done !== undefined) notifications.show({ message: done });
      // A fix of this computer (a bridge that is made) changes no definition.
      await services.queries.invalidateQueries({ queryKey: ['machine-findings', machine.uuid] });
    } catch (thrown) {
      const refused = errorDataOf(thrown);
      // What failed before stays told: it is no nearer to being mended.
      if (isOfTheLink(refused)) notifications.show({ message: `Nothing was changed. ${refused.message}` });
      else services.problems.getState().report(machine.uuid, { error: refused, at: Date.now(), action: mine?.action });
    }
  };
  const didNotStart = machine.reason === 'failed' && !isActive(machine);
  const title = mine?.action
    ? `${machine.name} ${failed[mine.action]}.`
    : mine
      ? undefined
      : didNotStart
        ? `${machine.name} did not start.`
        : `The last run of ${machine.name} failed.`;
  const several = obstacles.length > 1 || ((!error || isOfTheLink(error)) && obstacles.length > 0);
  // The form of a device comes first: above it stands one line, which unfolds.
  const folded =
    several && !error && !open && route.page === 'machine' && route.tab === 'details' && !['overview', undefined].includes(route.device);
  const place = (path: string | undefined) => placeName(path, xml?.inactive ?? undefined);
  // The log is of the last run: it tells of a run that failed, and of a start that came as far as QEMU.
  const hasLog = error !== undefined && ((!mine && !didNotStart) || ranQemu.has(error.code));
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
        at={mine?.at ?? (error ? machine.lastErrorAt : undefined)}
        onFix={several || !error ? undefined : (chosen) => fix(error, chosen)}
        fixReason={reason}
        onDismiss={error ? () => services.problems.getState().dismiss(machine.uuid, machine.lastErrorAt) : undefined}
        place={several || error?.path === undefined ? undefined : place(error.path)}
        onPlace={several || !error ? undefined : () => showPlace(machine, error)}
        below={
          several && !folded ? (
            <FindingList
              findings={obstacles}
              placeOf={({ path }) => place(path)}
              onShow={(finding) => showPlace(machine, finding)}
              onFix={(finding, chosen) => fix(finding, chosen)}
            />
          ) : undefined
        }
      >
        {folded && <Button onClick={() => setOpen(true)}>Show {obstacles.length === 1 ? 'It' : 'Them'}</Button>}
        {hasLog && <Button onClick={() => openDialog({ kind: 'log', uuid: machine.uuid })}>Show QEMU Log…</Button>}
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
