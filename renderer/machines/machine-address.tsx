import { useEffect, useState } from 'react';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { NicStatus } from '../../shared/contract/networks.ts';
import { follow } from '../api.ts';
import { CopyButton } from '../components/copy-button.tsx';
import { nicName, plugName } from '../network/nic-words.ts';
import { useServices } from '../state/services.ts';
import { isActive } from './machine-state.ts';

/** Where a machine is plugged: by its NICs while it runs, else by its definition; each place once. Pure. */
export const pluggedInto = (machine: Pick<MachineSummary, 'networks'>, nics: readonly NicStatus[]): readonly string[] => [
  ...new Set(nics.length > 0 ? nics.map(nicName) : (machine.networks ?? []).map(plugName)),
];

/** The first address known, or why there is none. Pure. */
export function addressOf(nics: readonly NicStatus[]): { readonly address?: string; readonly reason?: string } {
  const known = nics.flatMap((nic) => nic.addresses);
  const best = known.find((one) => one.family === 'ipv4') ?? known[0];
  if (best) return { address: best.address };
  const reason = nics.find((nic) => nic.addressReason !== null)?.addressReason;
  return reason === undefined || reason === null ? {} : { reason };
}

const none: readonly NicStatus[] = [];

/** The NICs of a running machine, followed as long as they are shown; none while it is off. */
function useNics(machine: MachineSummary): readonly NicStatus[] {
  const { link } = useServices();
  const [nics, setNics] = useState<readonly NicStatus[]>([]);
  const active = isActive(machine) && machine.macs.length > 0;
  useEffect(() => {
    if (!active) return undefined;
    return follow(link, (api, signal) => api['networks.nics']({ machine: machine.uuid }, { signal }), setNics);
  }, [link, machine.uuid, active]);
  return active ? nics : none;
}

/** A running machine's address as it comes to be known; by itself nothing while none is. */
export function HeaderAddress({ machine }: { readonly machine: MachineSummary }) {
  const { address } = addressOf(useNics(machine));
  if (address === undefined) return null;
  return (
    <span className="row header-address">
      <span aria-hidden>·</span>
      <span className="mono selectable">{address}</span>
      <CopyButton text={address} what={`the address of ${machine.name}`} size={20} />
    </span>
  );
}

/** A running machine's address as it comes to be known, or why there is none; and where the machine is plugged. */
export function NetworkCells({ machine }: { readonly machine: MachineSummary }) {
  const nics = useNics(machine);
  const { address, reason } = addressOf(nics);
  const places = pluggedInto(machine, nics).join(', ');
  return (
    <>
      <td>
        {address === undefined ? (
          <span className="dim small machine-reason" title={reason}>
            {reason ?? ''}
          </span>
        ) : (
          <span className="mono selectable">{address}</span>
        )}
      </td>
      <td className="machine-network dim" title={places}>
        {places}
      </td>
    </>
  );
}
