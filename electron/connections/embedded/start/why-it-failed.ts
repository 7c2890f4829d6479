import { TapestryError, type XmlProblem } from '../../../../shared/errors.ts';
import { errnoOf } from '../../../files/if-there.ts';
import { problemOf } from '../../../qemu/plan/refusals.ts';
import { EndedAtOnce, lastWords, type DetachedProcess, type ExitFacts } from '../../../processes/spawn-detached.ts';
import type { QmpClient } from '../../../qemu/qmp/qmp-client.ts';
import { quotedNic } from './nic-finding.ts';
import { explainQemuEnd } from './qemu-words.ts';
import type { StartRequest } from './start-request.ts';
import { within } from '../../../processes/within.ts';

/** A process that hung up its monitor ends within this, ms; then its own words tell why. */
const endPatience = 5_000;

/** What a start ends with that somebody ended. */
export function cancelled(): TapestryError {
  return new TapestryError('cancelled', 'The start was cancelled.');
}

const systemError = (error: unknown): TapestryError => {
  const more = { cause: error, detail: String(error) };
  return ['ENOSPC', 'EDQUOT'].includes(errnoOf(error) ?? '')
    ? new TapestryError('storage-full', 'There is no space left for what a running machine writes: its log, its recordings, its state.', {
        next: 'Free some space on the file systems of your home and runtime directories, and try again.',
        ...more,
      })
    : new TapestryError('start-failed', 'The machine could not be started.', more);
};

/** QEMU's end, at the very NIC where its words are about one. */
const explain = (words: string, exit: ExitFacts, request: StartRequest): TapestryError => {
  const error = explainQemuEnd(words, exit);
  const { code, message, path, ...more } = error.data;
  const [, part] = /^\/domain\/devices\/interface(\/.*)$/.exec(path ?? '') ?? [];
  const nic = part === undefined ? undefined : quotedNic(words, request.xml);
  return nic === undefined ? error : new TapestryError(code, message, { ...more, path: `${nic.path}${part}` });
};

/** Finds the reason that a user can use: when QEMU ended, its own words count more than our failing to reach it. */
export async function whyItFailed(
  error: unknown,
  request: StartRequest,
  child: DetachedProcess | undefined,
  qmp: QmpClient | undefined,
): Promise<TapestryError> {
  if (request.signal.aborted) return cancelled();
  if (error instanceof EndedAtOnce) return explain(error.words, error.facts, request);
  const known = error instanceof TapestryError ? error : systemError(error);
  if (child === undefined) return known;
  // A monitor that hung up, or never came to be, mostly means that QEMU is ending: wait for its words.
  const mayHaveEnded = qmp?.open !== true && known.code !== 'deadline' && known.code !== 'qmp-protocol';
  const patience = mayHaveEnded ? endPatience : 0;
  const exit = (await within(child.exited, patience)) ? await child.exited : undefined;
  const words = await lastWords(request.paths.log, child.logOffset);
  if (exit !== undefined) return explain(words, exit, request);
  if (known.data.detail !== undefined || words === '') return known;
  const { code, message, ...more } = known.data;
  return new TapestryError(code, message, { ...more, detail: words, cause: error });
}

/** Failures of a start that come before QEMU, for reasons that the definition and this computer tell beforehand. */
const obstacles: ReadonlySet<string> = new Set([
  'xml-invalid',
  'xml-unsupported',
  'kvm-unavailable',
  'disk-missing',
  'disk-unreadable',
  'bridge-missing',
  'not-a-bridge',
]);

/**
 * A refused start with everything else that stands in its way: the error stays the main one, `findings` has all. Other failures are told as they are.
 *
 * @param problems all that is wrong with the definition, as a check finds it
 */
export async function withObstacles(error: TapestryError, problems: () => Promise<readonly XmlProblem[]>): Promise<TapestryError> {
  if (!obstacles.has(error.code)) return error;
  const stops = (await problems()).filter(({ severity }) => severity === 'error' || severity === 'unsupported');
  const { code, message, path, ...more } = error.data;
  const own = stops.find((problem) => problem.path === path && problem.message === message) ?? problemOf(error);
  const others = stops.filter((problem) => problem !== own && problem.path !== (path ?? ''));
  const fixes = more.fixes ?? own.fixes;
  if (others.length === 0 && fixes === more.fixes) return error;
  return new TapestryError(code, message, {
    ...more,
    ...(path === undefined ? {} : { path }),
    ...(fixes === undefined ? {} : { fixes }),
    ...(others.length === 0 ? {} : { findings: [own, ...others] }),
    cause: error,
  });
}
