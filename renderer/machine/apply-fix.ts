import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import type { MachineAction, MachineSummary, XmlProblem } from '../../shared/contract/machines.ts';
import type { ErrorData, ErrorFix } from '../../shared/errors.ts';
import { applyFix as editDefinition, editsDefinition } from '../../shared/domain-xml/apply-fix.ts';
import { go } from '../state/route.ts';
import type { Services } from '../state/services.ts';
import { redefine } from './redefine.ts';
import { actOn } from './use-machine-actions.ts';
import { wishField } from '../state/field-wish.ts';

/** Where something is wrong: what a fix is about. */
export type FaultPlace = Pick<ErrorData, 'path' | 'line'>;

/** A fix, and where. */
export interface Mend {
  readonly at: FaultPlace;
  readonly fix: ErrorFix;
}

/** Fixes that a button for several may carry out: they ask nothing, and leave nothing out of the definition. */
const unasked: ReadonlySet<ErrorFix['kind']> = new Set([
  'create-bridge',
  'set-format',
  'eject',
  'use-bridge',
  'use-user-network',
  'use-tcg',
  'use-managed-no',
]);

/** The fix of a finding that can be done without a question: the first of it, which is the one that is advised. Pure. */
export function unaskedFix({ fixes }: Pick<XmlProblem, 'fixes'>): ErrorFix | undefined {
  const first = fixes?.[0];
  return first && unasked.has(first.kind) ? first : undefined;
}

/**
 * Carries out mending steps, then asks once for what had failed. Edits of the definition are stored together: all of them, or none.
 * @param failed the action to ask for again; undefined for a finding about a machine that nobody tried to start
 * @returns a sentence for a notice when there is something to tell
 * @throws TapestryError when mending fails itself; a bridge that was made before stays
 */
export async function applyFixes(
  services: Services,
  machine: MachineSummary,
  mends: readonly Mend[],
  failed: MachineAction | undefined,
): Promise<string | undefined> {
  const [only] = mends;
  if (only && mends.length === 1) return applyFix(services, machine, only.at, only.fix, failed);
  const bridges = new Set(mends.flatMap(({ fix }) => (fix.kind === 'create-bridge' ? [fix.value ?? ''] : [])));
  const { connection } = machine;
  for (const name of bridges) await services.api['networks.createBridge']({ connection, name });
  const edits = mends.flatMap(({ at, fix }) => {
    const path = placeOf(at, fix);
    return editsDefinition(fix) && path !== undefined ? [{ path, fix }] : [];
  });
  if (edits.length > 0)
    await redefine(services.api, machine, (xml) => edits.reduce((text, { path, fix }) => editDefinition(text, { path }, fix), xml));
  if (failed !== undefined) await actOn(services, machine, failed);
  return `${String(mends.length)} things are mended.`;
}

const placeOf = (at: FaultPlace, fix: ErrorFix): string | undefined =>
  fix.path ?? at.path ?? (fix.kind === 'use-tcg' ? '/domain' : undefined);

/** One mending step; see {@link applyFixes}. */
async function applyFix(
  services: Services,
  machine: MachineSummary,
  error: FaultPlace,
  fix: ErrorFix,
  failed: MachineAction | undefined,
): Promise<string | undefined> {
  const { api } = services;
  const again = async () => {
    if (failed !== undefined) await actOn(services, machine, failed);
  };
  switch (fix.kind) {
    case 'create-bridge':
      await api['networks.createBridge']({ connection: machine.connection, name: fix.value ?? '' });
      await again();
      return `The bridge ${fix.value ?? ''} is made.`;
    // These are done at the device's form.
    case 'choose-image':
      wishField('source');
      return showPlace(machine, { ...error, ...(fix.path === undefined ? {} : { path: fix.path }) });
    case 'replug':
    case 'choose-other-name':
      return showPlace(machine, { ...error, ...(fix.path === undefined ? {} : { path: fix.path }) });
    case 'open-xml':
      return openXml(machine, error);
    case 'retry':
      await again();
      return undefined;
    case 'force-off':
      await actOn(services, machine, 'destroy');
      return undefined;
    // At the NIC's own strip.
    case 'put-back':
    case 'copy-command':
      return undefined;
    default:
      break;
  }
  const at = placeOf(error, fix);
  if (!editsDefinition(fix) || at === undefined) return openXml(machine, error);
  await redefine(api, machine, (xml) => editDefinition(xml, { path: at }, fix));
  await again();
  return fix.kind === 'use-tcg' ? `${machine.name} is emulated now; Details has the setting.` : undefined;
}

/** Path of the device that a path lies in; undefined outside of `<devices>`. */
export function deviceOf(path: string | undefined): string | undefined {
  return /^\/domain\/devices\/[^/@]+/.exec(path ?? '')?.[0];
}

/** The device of the route that shows what a path names: the device's form, or the form of a part of the domain; undefined for the XML alone. */
export function formOf(path: string | undefined): string | undefined {
  const device = deviceOf(path);
  if (device !== undefined) return device.slice('/domain/devices/'.length);
  const part = /^\/domain\/(?:@)?([a-zA-Z]+)/.exec(path ?? '')?.[1] ?? '';
  if (part === 'cpu' || part === 'vcpu') return 'cpu';
  if (part === 'memory' || part === 'currentMemory') return 'memory';
  return ['name', 'title', 'description', 'type', 'os'].includes(part) ? 'overview' : undefined;
}

/** Goes to the form of what a path names, else to its line of the XML. */
export function showPlace(machine: MachineRef, at: FaultPlace): undefined {
  const device = formOf(at.path);
  if (device === undefined) return openXml(machine, at);
  go({ page: 'machine', ...refOf(machine), tab: 'details', device });
  return undefined;
}

/** Goes to the line of the XML, as far as it is known. */
export function openXml(machine: MachineRef, at: FaultPlace): undefined {
  go({ page: 'machine', ...refOf(machine), tab: 'xml', ...(at.line === undefined ? {} : { line: at.line }) });
  return undefined;
}
