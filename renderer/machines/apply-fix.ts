import type { MachineAction, MachineSummary } from '../../shared/contract/machines.ts';
import type { ErrorData, ErrorFix } from '../../shared/errors.ts';
import { applyFix as editDefinition, editsDefinition } from '../../shared/domain-xml/apply-fix.ts';
import { go } from '../route.ts';
import type { Services } from '../state/services.ts';
import { redefine } from './redefine.ts';
import { actOn } from './use-machine-actions.ts';
import { wishField } from '../details/field-wish.ts';

/** Where something is wrong: what a fix is about. */
export type FaultPlace = Pick<ErrorData, 'path' | 'line'>;

/**
 * Carries out a mending step, then asks again for what had failed.
 * @param failed the action to ask for again; undefined for a finding about a machine that nobody tried to start
 * @returns a sentence for a notice when there is something to tell
 * @throws TapestryError when mending fails itself
 */
export async function applyFix(
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
      await api['networks.createBridge']({ name: fix.value ?? '' });
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
  const at = fix.path ?? error.path ?? (fix.kind === 'use-tcg' ? '/domain' : undefined);
  if (!editsDefinition(fix) || at === undefined) return openXml(machine, error);
  await redefine(api, machine.uuid, (xml) => editDefinition(xml, { path: at }, fix));
  await again();
  return fix.kind === 'use-tcg' ? `${machine.name} is emulated now; Details has the setting.` : undefined;
}

/** Path of the device that a path lies in; undefined outside of `<devices>`. */
export const deviceOf = (path: string | undefined): string | undefined => /^\/domain\/devices\/[^/@]+/.exec(path ?? '')?.[0];

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
export function showPlace(machine: Pick<MachineSummary, 'uuid'>, at: FaultPlace): undefined {
  const device = formOf(at.path);
  if (device === undefined) return openXml(machine, at);
  go({ page: 'machine', uuid: machine.uuid, tab: 'details', device });
  return undefined;
}

function openXml(machine: Pick<MachineSummary, 'uuid'>, at: FaultPlace): undefined {
  go({ page: 'machine', uuid: machine.uuid, tab: 'xml', ...(at.line === undefined ? {} : { line: at.line }) });
  return undefined;
}
