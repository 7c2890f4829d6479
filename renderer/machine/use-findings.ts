import { useQuery } from '@tanstack/react-query';
import type { MachineSummary, XmlProblem } from '../../shared/contract/machines.ts';
import { useApi } from '../state/services.ts';
import { checkXml } from '../xml/problems.ts';
import { useMachineXml } from '../xml/use-machine-xml.ts';
import { isActive } from './machine-state.ts';

const none: readonly XmlProblem[] = [];

/** Does a finding keep a machine from starting. */
const stops = ({ severity }: XmlProblem): boolean => severity === 'error' || severity === 'unsupported';

/** All that keeps a machine that is off from starting here, as its stored definition stands now; nothing is tried. */
export function useFindings(machine: MachineSummary): readonly XmlProblem[] {
  const api = useApi();
  const xml = useMachineXml(machine.uuid).data;
  const stored = xml?.inactive ?? undefined;
  const off = !isActive(machine) && machine.transition === undefined;
  const { data } = useQuery({
    queryKey: ['machine-findings', machine.uuid, xml?.hash, machine.lastErrorAt ?? null],
    enabled: off && stored !== undefined,
    // The computer changes too: a bridge is made, a disk appears. Coming back to the page looks anew.
    staleTime: 0,
    queryFn: async ({ signal }) => (await checkXml(api, stored ?? '', machine.uuid, signal)).filter(stops),
  });
  return off ? (data ?? none) : none;
}
