import { useQuery } from '@tanstack/react-query';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import type { MachineSummary, XmlProblem } from '../../shared/contract/machines.ts';
import { useApi } from '../state/services.ts';
import { useStanding } from '../state/use-link-status.ts';
import { checkXml } from '../xml/problems.ts';
import { useMachineXml } from '../xml/use-machine-xml.ts';
import { isActive } from './machine-state.ts';

const none: readonly XmlProblem[] = [];

/** Does a finding keep a machine from starting. */
const stops = ({ severity }: XmlProblem): boolean => severity === 'error' || severity === 'unsupported';

/** What the queries of a machine's findings begin with. */
export function findingsKey({ connection, uuid }: MachineRef) {
  return ['machine-findings', connection, uuid] as const;
}

/** All that keeps a machine that is off from starting here, as its stored definition stands now; nothing is tried. */
export function useFindings(machine: MachineSummary): readonly XmlProblem[] {
  const api = useApi();
  const xml = useMachineXml(machine).data;
  const stored = xml?.inactive ?? undefined;
  const off = !isActive(machine) && machine.transition === undefined;
  // What the connection told last stands while it is away.
  const away = useStanding(machine.connection).away !== undefined;
  const { data } = useQuery({
    queryKey: [...findingsKey(machine), xml?.hash, machine.lastErrorAt ?? null],
    enabled: off && stored !== undefined && !away,
    // The computer changes too: a bridge is made, a disk appears. Coming back to the page looks anew.
    staleTime: 0,
    queryFn: async ({ signal }) => (await checkXml(api, stored ?? '', { machine: refOf(machine) }, signal)).filter(stops),
  });
  return off ? (data ?? none) : none;
}
