import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { HostInterface } from '../../shared/contract/networks.ts';
import { Field } from '../components/field.tsx';
import { byName } from '../nics/interface-words.ts';
import { hostWord } from '../forms/support.ts';
import { useConnection, useScope } from '../state/connections.ts';
import { useRefusal } from '../state/use-link-status.ts';
import { useApi } from '../state/services.ts';

/** One sentence of facts about a bridge, for the pick list. */
export function bridgeFacts(bridge: HostInterface): string {
  return [bridge.up ? 'up' : 'down', bridge.uplink === null ? 'no way out' : `uplink ${bridge.uplink}`].join(', ');
}

/** User mode (works always), a bridge of this computer, or nothing. */
export function NetworkChoice({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const api = useApi();
  const connection = useScope();
  const host = hostWord(useConnection());
  const refused = useRefusal('networks') !== undefined;
  // Without the list (no network part on this host) user mode is still there.
  const interfaces =
    useQuery({
      queryKey: ['interfaces', connection],
      enabled: !refused,
      staleTime: 0,
      queryFn: ({ signal }) => api['networks.interfaces']({ connection }, { signal }),
    }).data ?? [];
  const bridges = interfaces.filter((one) => one.kind === 'bridge').toSorted(byName);
  return (
    <Field
      label="Network"
      hint={
        value === 'user'
          ? `The guest reaches out through ${host}; nobody reaches in. Needs no privilege.`
          : value === 'none'
            ? 'No network interface.'
            : 'The guest is a full member of that LAN, with a TAP that is made at start.'
      }
    >
      {(control) => (
        <Select
          {...control}
          w={320}
          value={value}
          data={[
            { value: 'user', label: 'User mode' },
            ...bridges.map((bridge) => ({ value: `bridge:${bridge.name}`, label: `Bridge ${bridge.name} (${bridgeFacts(bridge)})` })),
            { value: 'none', label: 'None' },
          ]}
          onChange={(next) => {
            if (next !== null) onChange(next);
          }}
        />
      )}
    </Field>
  );
}
