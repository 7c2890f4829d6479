import { useEffect, useMemo, useState } from 'react';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { NicStatus } from '../../shared/contract/networks.ts';
import { follow } from '../api.ts';
import { CopyButton } from '../components/copy-button.tsx';
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

/** What is known of a running machine's address, followed as long as it is shown. */
export function useMachineAddress(machine: MachineSummary): ReturnType<typeof addressOf> {
  const { link } = useServices();
  const [nics, setNics] = useState<readonly NicStatus[]>([]);
  const active = isActive(machine) && machine.macs.length > 0;
  useEffect(() => {
    if (!active) return undefined;
    return follow(link, (api, signal) => api['networks.nics']({ machine: machine.uuid }, { signal }), setNics);
  }, [link, machine.uuid, active]);
  return useMemo(() => addressOf(active ? nics : []), [nics, active]);
}

/** A running machine's address as it comes to be known; by itself nothing while none is. */
export function HeaderAddress({ machine }: { readonly machine: MachineSummary }) {
  const { address } = useMachineAddress(machine);
  if (address === undefined) return null;
  return (
    <span className="row header-address">
      <span aria-hidden>·</span>
      <span className="mono selectable">{address}</span>
      <CopyButton text={address} what={`the address of ${machine.name}`} size={20} />
    </span>
  );
}

/** A running machine's address as it comes to be known, or why there is none. */
export function MachineAddress({ machine }: { readonly machine: MachineSummary }) {
  const { address, reason } = useMachineAddress(machine);
  if (address !== undefined) return <span className="mono selectable">{address}</span>;
  return (
    <span className="dim small machine-reason" title={reason}>
      {reason ?? ''}
    </span>
  );
}
