import { keyOf } from '../../shared/contract/machine-key.ts';
import type { MachineAction, MachineSummary, XmlProblem } from '../../shared/contract/machines.ts';
import type { ErrorData } from '../../shared/errors.ts';
import { useServices } from '../state/services.ts';
import { useFindings } from './use-findings.ts';

const asFinding = ({ path, message, next, fixes, line }: ErrorData): XmlProblem => ({
  severity: 'unsupported',
  path: path ?? '',
  message,
  ...(next === undefined ? {} : { next }),
  ...(fixes === undefined ? {} : { fixes }),
  ...(line === undefined ? {} : { line }),
});

/** Did asking fail, and not what was asked for: the definition has no part in it. */
export function isOfTheLink({ code }: ErrorData): boolean {
  return code === 'closed' || code === 'connection-offline';
}

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

/** What went wrong with a machine last, and all that keeps it from starting. */
export interface Obstacles {
  /** Of an action of this window, or what the host tells of the last run; undefined when nothing failed, or it was dismissed. */
  readonly error: ErrorData | undefined;
  /** What was asked for in this window and failed, and when, ms since the epoch; undefined when the host tells of the error. */
  readonly own: { readonly action: MachineAction | undefined; readonly at: number } | undefined;
  /** In the order of their numbers. */
  readonly findings: readonly XmlProblem[];
}

/** See {@link Obstacles}. The numbers of the findings are the same wherever they are told. */
export function useObstacles(machine: MachineSummary): Obstacles {
  const { problems } = useServices();
  const own = problems((state) => state.byMachine[keyOf(machine)]);
  const dismissed = problems((state) => state.dismissed[keyOf(machine)]);
  const found = useFindings(machine);
  // A start that went well since, in whatever window, settles what failed before.
  const settled = own !== undefined && machine.startedAt !== null && machine.startedAt > own.at;
  const mine = settled ? undefined : own;
  const told = dismissed !== undefined && dismissed === machine.lastErrorAt ? undefined : machine.lastError;
  const error = mine?.error ?? told;
  return { error, own: mine && { action: mine.action, at: mine.at }, findings: obstaclesOf(error, found) };
}

/** Are the obstacles told as a numbered list; one failure alone is told by itself. Pure. */
export function areSeveral({ error, findings }: Pick<Obstacles, 'error' | 'findings'>): boolean {
  return findings.length > 1 || ((!error || isOfTheLink(error)) && findings.length > 0);
}
