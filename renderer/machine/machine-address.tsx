import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { NicStatus } from '../../shared/contract/networks.ts';
import { CopyButton } from '../components/copy-button.tsx';
import { useNics } from '../nics/host-network.ts';
import { nicName, plugName } from '../nics/nic-words.ts';
import { isActive } from './machine-state.ts';

/** Where a machine is plugged: by its NICs while it runs, else by its definition; each place once. Pure. */
export function pluggedInto(machine: Pick<MachineSummary, 'networks'>, nics: readonly NicStatus[]): readonly string[] {
  return [...new Set(nics.length > 0 ? nics.map(nicName) : (machine.networks ?? []).map(plugName))];
}

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
function useOwnNics(machine: MachineSummary): readonly NicStatus[] {
  const active = isActive(machine) && machine.macs.length > 0;
  const now = useNics(machine, active);
  return (active ? now?.nics : undefined) ?? none;
}

/** A running machine's address as it comes to be known; by itself nothing while none is. */
export function HeaderAddress({ machine }: { readonly machine: MachineSummary }) {
  const { address } = addressOf(useOwnNics(machine));
  if (address === undefined) return null;
  return (
    <span className="row header-address">
      <span aria-hidden>·</span>
      <span className="mono selectable">{address}</span>
      <CopyButton text={address} what={`the address of ${machine.name}`} size={20} />
    </span>
  );
}

/** A running machine's address as it comes to be known; until then that none was seen, with the reason as its tooltip. */
export function AddressCell({ machine }: { readonly machine: MachineSummary }) {
  const { address, reason } = addressOf(useOwnNics(machine));
  return (
    <td>
      {address === undefined ? (
        <span className="dim small machine-reason" title={reason}>
          {reason ?? ''}
        </span>
      ) : (
        <span className="mono selectable" title={address}>
          {address}
        </span>
      )}
    </td>
  );
}

/** Where a machine is plugged. */
export function NetworkCell({ machine }: { readonly machine: MachineSummary }) {
  const places = pluggedInto(machine, useOwnNics(machine)).join(', ');
  return (
    <td className="machine-network dim" title={places}>
      {places}
    </td>
  );
}
