import { useEffect, useState } from 'react';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { NicStatus } from '../../shared/contract/networks.ts';
import { follow } from '../api.ts';
import { useServices } from '../state/services.ts';
import { isActive } from './machine-state.ts';

/** The first address known, or why there is none. Pure. */
export function addressOf(nics: readonly NicStatus[]): { readonly address?: string; readonly reason?: string } {
  const known = nics.flatMap((nic) => nic.addresses);
  const best = known.find((one) => one.family === 'ipv4') ?? known[0];
  if (best) return { address: best.address };
  const reason = nics.find((nic) => nic.addressReason !== null)?.addressReason;
  return reason === undefined || reason === null ? {} : { reason };
}

/** A running machine's address as it comes to be known. */
export function MachineAddress({ machine }: { readonly machine: MachineSummary }) {
  const { link } = useServices();
  const [nics, setNics] = useState<readonly NicStatus[]>([]);
  const active = isActive(machine) && machine.macs.length > 0;
  useEffect(() => {
    if (!active) return setNics([]);
    return follow(link, (api, signal) => api['networks.nics']({ machine: machine.uuid }, { signal }), setNics);
  }, [link, machine.uuid, active]);
  const { address, reason } = addressOf(nics);
  if (address !== undefined) return <span className="mono selectable">{address}</span>;
  return (
    <span className="dim small machine-reason" title={reason}>
      {reason ?? ''}
    </span>
  );
}
