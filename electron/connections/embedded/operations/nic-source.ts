import type { NicSource } from '../../../network/networks.ts';
import type { NicTimeline } from '../../../network/nics/nic-timeline.ts';
import { GuestAgents } from '../machine/guest-agents.ts';
import { GuestTraffic } from '../machine/guest-traffic.ts';
import { nicFinding } from '../start/nic-finding.ts';
import { keepMove } from './keep-move.ts';
import { changeForward } from './port-forward.ts';
import { liveDomain } from '../machine/live-domain.ts';
import type { Machine } from '../machine/machine.ts';
import type { Machines } from '../machines/machines.ts';

/** NICs of a machine as they run; of one that is off, the NIC at which its last start failed. */
const runningNics = async (machine: Machine, agents: GuestAgents, traffic: GuestTraffic): ReturnType<NicSource['nics']> => {
  const { run, failedStart, stored } = machine;
  if (run === undefined && failedStart !== undefined && stored !== undefined) {
    const found = nicFinding(machine.uuid, failedStart, stored.xml);
    return found === undefined ? [] : [found];
  }
  if (run === undefined || run.record.phase !== 'running') return [];
  const domain = liveDomain(machine, run.record.liveXml);
  const [agent, used] = await Promise.all([
    agents.look(machine, run, domain),
    traffic.look(machine, run, domain.devices.interfaces, Date.now()),
  ]);
  return domain.devices.interfaces.flatMap((nic) =>
    nic.alias === undefined
      ? []
      : [
          {
            machine: machine.uuid,
            alias: nic.alias,
            interface: nic,
            record: run.record.nics.find((record) => record.alias === nic.alias) ?? null,
            linkUp: nic.link !== 'down',
            detachPending: run.record.detachPending.includes(nic.alias),
            agent: agent(nic),
            traffic: used(nic),
            since: run.record.startedAt,
          },
        ],
  );
};

/** What the networks ask of the machines. Keeps the timeline of each NIC in step with its record, as long as the machines are open. */
export function nicSource(machines: Machines, timeline: NicTimeline): NicSource {
  machines.events.listen((event) => {
    if (event.kind !== 'xml' || !machines.has(event.uuid)) return;
    for (const nic of machines.find(event.uuid).run?.record.nics ?? []) {
      if (timeline.of(event.uuid, nic.alias).length !== nic.timeline.length) timeline.begin(event.uuid, nic.alias, nic.timeline);
    }
  });
  const agentListeners = new Set<(uuid: string) => void>();
  const agents = new GuestAgents((uuid) => {
    for (const listener of agentListeners) listener(uuid);
  });
  const traffic = new GuestTraffic();
  return {
    nics: async (ref) => runningNics(machines.find(ref), agents, traffic),
    holder: (device) => machines.all().find(({ run }) => run?.record.nics.some((nic) => nic.device === device) === true)?.run?.record.name,
    guestInterfaces: async (ref) => agents.interfaces(machines.find(ref)),
    listen: (ref, changed) => {
      const { uuid } = machines.find(ref);
      const agentChanged = (of: string) => of === uuid && changed();
      agentListeners.add(agentChanged);
      const end = machines.events.listen((event) => {
        if (event.kind === 'changed' ? event.machine.uuid === uuid : 'uuid' in event && event.uuid === uuid) changed();
      });
      return () => {
        agentListeners.delete(agentChanged);
        end();
      };
    },
    forward: (input) => changeForward(machines, input),
    keepMove: (ref, alias) => keepMove(machines, ref, alias),
  };
}
