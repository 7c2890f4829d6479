import { childElements, elementAt, firstChild, parseXml, readDomain } from '../../../shared/domain-xml/index.ts';
import { applySplices, insertionSplice } from '../../../shared/domain-xml/xml/edit.ts';
import { fragment } from '../../../shared/domain-xml/xml/fragment.ts';
import type { Interface } from '../../../shared/domain/index.ts';
import { TapestryError } from '../../../shared/errors.ts';
import type { NicSource } from '../../network/networks.ts';
import type { NicTimeline } from '../../network/nic-timeline.ts';
import { withoutElement } from './devices/edit-devices.ts';
import { macOf } from './devices/find-device.ts';
import type { Machine } from './machine.ts';
import type { Machines } from './machines.ts';

type ForwardInput = Parameters<NicSource['forward']>[0];

/** NICs of a machine as they run. */
const runningNics = (machine: Machine): Awaited<ReturnType<NicSource['nics']>> => {
  const { run } = machine;
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
    forward: (input) => forward(machines, input),
  };
};

/** Adds or removes a port forward of a user-mode NIC: live with slirp (QEMU's hostfwd_add), stored with passt (libvirt's portForward). */
const forward = async (machines: Machines, input: ForwardInput): Promise<void> => {
  const machine = machines.find(input.machine);
  await machine.jobs.run(async () => {
    if (input.scope !== 'config') await forwardLive(machine, input);
    if (input.scope !== 'live') await forwardStored(machines, machine, input);
  });
};

const forwardLive = async (machine: Machine, input: ForwardInput): Promise<void> => {
  const run = machine.running('changed while it runs');
  const nic = runningNics(machine).find((one) => one.alias === input.alias)?.interface;
  requireUser(nic, input);
  if (nic?.backend?.type === 'passt') {
    throw new TapestryError('unsupported-operation', 'passt takes its port forwards when it starts.', {
      next: 'Change them for the next start.',
    });
  }
  const host = `${input.proto}:${input.hostAddress ?? ''}:${input.hostPort}`;
  const command =
    input.how === 'add' ? `hostfwd_add host${input.alias} ${host}-:${input.guestPort}` : `hostfwd_remove host${input.alias} ${host}`;
  // hostfwd has no QMP command of its own; a fault comes as text, success as none (or "removed").
  const answer = await run.qmp.execute('human-monitor-command', { 'command-line': command });
  const words = typeof answer === 'string' ? answer.trim() : '';
  if (words !== '' && !words.includes('removed')) {
    throw new TapestryError('qmp', `QEMU refused the port forward: ${words}`, { detail: words, next: 'Choose another host port.' });
  }
};

const requireUser = (nic: Interface | undefined, input: ForwardInput): void => {
  if (nic === undefined) throw new TapestryError('not-found', `The machine has no NIC ${input.alias}.`);
  if (nic.type !== 'user')
    throw new TapestryError('unsupported-operation', 'Only a NIC of the type “user” has port forwards.', { path: 'alias' });
};

const forwardStored = async (machines: Machines, machine: Machine, input: ForwardInput): Promise<void> => {
  const { stored } = machine;
  if (stored === undefined) throw new TapestryError('wrong-state', `“${machine.facts.name}” has no stored definition.`);
  const document = parseXml(stored.xml);
  const live = runningNics(machine).find((one) => one.alias === input.alias)?.interface.mac;
  const devices = firstChild(document.root, 'devices');
  const nics = devices === undefined ? [] : childElements(devices, 'interface');
  const index = live === undefined ? Number(/^net(\d+)$/.exec(input.alias)?.[1] ?? -1) : nics.findIndex((nic) => macOf(nic) === live);
  const element = nics[index];
  const model = readDomain(document).domain.devices.interfaces[index];
  requireUser(model, input);
  if (element === undefined) return;
  if (model?.backend?.type !== 'passt') {
    throw new TapestryError('unsupported-operation', 'A stored port forward needs the passt backend.', {
      next: 'Choose passt as the backend of the NIC, or forward the port in the running machine only.',
    });
  }
  const rule = { proto: input.proto, address: input.hostAddress };
  const matching = model.portForwards.find(
    (one) =>
      one.proto === rule.proto &&
      one.address === rule.address &&
      one.ranges.some((range) => range.start === input.hostPort && range.end === undefined),
  );
  let xml = stored.xml;
  if (input.how === 'add' && matching === undefined) {
    const to = input.guestPort === input.hostPort ? undefined : input.guestPort;
    const after = childElements(element).findLast((child) =>
      ['mac', 'source', 'ip', 'route', 'portForward', 'bandwidth'].includes(child.name),
    );
    xml = applySplices(document, [
      insertionSplice(document, element, after, [fragment('portForward', rule, fragment('range', { start: input.hostPort, to }))]),
    ]).text;
  } else if (input.how === 'remove' && matching !== undefined) {
    const found = elementAt(document, matching.path);
    xml = found === undefined ? xml : withoutElement(document, found);
  }
  machines.adoptDefinition(await machines.store.save(xml, { expect: stored.hash }));
};
