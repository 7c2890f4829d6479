import { parseXml, readDomain } from '../../../shared/domain-xml/index.ts';
import type { NicSource } from '../../network/networks.ts';
import type { NicTimeline } from '../../network/nic-timeline.ts';
import { nicFinding } from './nic-finding.ts';
import { changeForward } from './devices/port-forward.ts';
import type { Machine } from './machine.ts';
import type { Machines } from './machines.ts';

/** NICs of a machine as they run; of one that is off, the NIC at which its last start failed. */
const runningNics = (machine: Machine): Awaited<ReturnType<NicSource['nics']>> => {
  const { run, failedStart, stored } = machine;
  if (run === undefined && failedStart !== undefined && stored !== undefined) {
    const found = nicFinding(machine.uuid, failedStart, stored.xml);
    return found === undefined ? [] : [found];
  }
  if (run === undefined || run.record.phase !== 'running') return [];
  const { interfaces } = readDomain(parseXml(run.record.liveXml), { live: true }).domain.devices;
  return interfaces.flatMap((nic) =>
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
          },
        ],
  );
};

/** What the networks ask of the machines. Keeps the timeline of each NIC in step with its record, as long as the machines are open. */
export const nicSource = (machines: Machines, timeline: NicTimeline): NicSource => {
  machines.events.listen((event) => {
    if (event.kind !== 'xml' || !machines.has(event.uuid)) return;
    for (const nic of machines.find(event.uuid).run?.record.nics ?? []) {
      if (timeline.of(event.uuid, nic.alias).length !== nic.timeline.length) timeline.begin(event.uuid, nic.alias, nic.timeline);
    }
  });
  return {
    nics: (ref) => Promise.resolve(runningNics(machines.find(ref))),
    listen: (ref, changed) => {
      const { uuid } = machines.find(ref);
      return machines.events.listen((event) => {
        if (event.kind === 'changed' ? event.machine.uuid === uuid : 'uuid' in event && event.uuid === uuid) changed();
      });
    },
    forward: (input) => changeForward(machines, input),
  };
};
