import { keyOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { deviceOf } from '../machine/apply-fix.ts';
import { useNics } from '../nics/host-network.ts';
import type { Route } from '../state/route.ts';
import { useServices } from '../state/services.ts';
import { useUi } from '../state/ui-store.ts';

const nobody = { connection: '', uuid: '' };

/**
 * Is what went wrong with this machine told by the open page of the NIC that did it? Then it isn't told above the page as well: one error
 * is told once, where it can be mended.
 */
export function useToldAtNic(machine: MachineSummary | undefined, route: Extract<Route, { page: 'machine' }>): boolean {
  const own = useServices().problems((state) => machine && state.byMachine[keyOf(machine)]);
  const remembered = useUi((state) => machine && state.devices[keyOf(machine)]);
  const device = route.device ?? remembered;
  const error = own?.error ?? machine?.lastError;
  const asked = machine !== undefined && machine.id === null && route.tab === 'details' && error !== undefined;
  const nics = useNics(machine ?? nobody, asked && device?.startsWith('interface') === true)?.nics;
  if (!asked || nics === undefined) return false;
  return nics.some(
    ({ mac, finding }) =>
      finding !== undefined &&
      (device === `interface-${mac.toLowerCase()}` || `/domain/devices/${device ?? ''}` === deviceOf(finding.path)) &&
      finding.code === error.code &&
      finding.message === error.message,
  );
}
