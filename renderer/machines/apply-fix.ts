import type { MachineAction, MachineSummary } from '../../shared/contract/machines.ts';
import type { ErrorData, ErrorFix } from '../../shared/errors.ts';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { editElement, readPlace, type Change } from '../xml/edits.ts';
import { go } from '../route.ts';
import type { Services } from '../state/services.ts';
import { redefine } from './redefine.ts';
import { actOn } from './use-machine-actions.ts';

/** The definition for emulation instead of KVM: the type, and a CPU that TCG can have (passing the host's through needs KVM). */
export function withTcg(xml: string): string {
  const { root } = parseXml(xml);
  const mode = readPlace(root, 'cpu/@mode');
  const changes: Change[] = [{ place: '@type', value: 'qemu' }];
  if (mode === 'host-passthrough' || mode === 'host-model') {
    changes.push(
      { place: 'cpu/@mode', value: 'maximum' },
      { place: 'cpu/@check', value: undefined },
      { place: 'cpu/@migratable', value: undefined },
    );
  }
  return editElement(xml, '/domain', changes);
}

/** Path of the element that a path of an error lies in: without its attribute, and up to the device. */
export const deviceOf = (path: string | undefined): string | undefined => /^\/domain\/devices\/[^/@]+/.exec(path ?? '')?.[0];

/**
 * Carries out a mending step, then asks again for what had failed.
 * @returns a sentence for a notice when there is something to tell
 * @throws TapestryError when mending fails itself
 */
export async function applyFix(
  services: Services,
  machine: MachineSummary,
  error: ErrorData,
  fix: ErrorFix,
  failed: MachineAction,
): Promise<string | undefined> {
  const { api } = services;
  const again = () => actOn(services, machine, failed);
  switch (fix.kind) {
    case 'use-tcg':
      await redefine(api, machine.uuid, withTcg);
      await again();
      return `${machine.name} is emulated now; Details has the setting.`;
    case 'create-bridge':
      await api['networks.createBridge']({ name: fix.value ?? '' });
      await again();
      return `The bridge ${fix.value ?? ''} is made.`;
    case 'use-managed-no': {
      const device = deviceOf(error.path);
      if (device === undefined) return openXml(machine, error);
      await redefine(api, machine.uuid, (xml) => editElement(xml, device, [{ place: 'target/@managed', value: 'no' }]));
      await again();
      return undefined;
    }
    // Both are done at the device's form.
    case 'replug':
    case 'choose-other-name': {
      const device = deviceOf(error.path);
      if (device === undefined) return openXml(machine, error);
      go({ page: 'machine', uuid: machine.uuid, tab: 'details', device: device.slice('/domain/devices/'.length) });
      return undefined;
    }
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
  }
}

function openXml(machine: MachineSummary, error: ErrorData): undefined {
  go({ page: 'machine', uuid: machine.uuid, tab: 'xml', ...(error.line === undefined ? {} : { line: error.line }) });
  return undefined;
}
