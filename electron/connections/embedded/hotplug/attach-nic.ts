import { parseXml } from '../../../../shared/domain-xml/index.ts';
import { applySplices } from '../../../../shared/domain-xml/xml/edit.ts';
import type { Interface } from '../../../../shared/domain/index.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import { rollBack } from '../../../../shared/roll-back.ts';
import { requireSupport } from '../../require-support.ts';
import { embeddedSupport } from '../support/embedded-support.ts';
import type { LiveContext } from '../../../network/nics/live-nic.ts';
import { driverOf } from '../../../network/nics/nic-drivers.ts';
import type { NicRecord } from '../../../network/nics/nic-record.ts';
import { plugNic } from '../../../network/nics/plug-nic.ts';
import { serveStreams } from '../../../network/nics/stream-nic.ts';
import { isDescriptorList, type OptionProps } from '../../../qemu/plan/planned-option.ts';
import { streamSocket } from '../../../qemu/plan/stream-socket.ts';
import { childAttribute } from '../../../../shared/domain-xml/edit/texts.ts';
import { addToGuest, aliasFor, detachDevice, recordAttached, unlessRefused } from './live-device.ts';
import type { LiveChange, LiveOutcome } from './live-change.types.ts';
import { commandArguments, planDevice, type DevicePlan, type Props } from './plan-device.ts';

const refuseUnattachable = (nic: Interface, netdev: OptionProps): void => {
  const refuse = (path: string, message: string): never => {
    throw new TapestryError('unsupported-operation', message, { path, next: 'Add it for the next start.' });
  };
  requireSupport(embeddedSupport, `attach-nic-${nic.type}`, { path: '/interface/@type', next: 'Add it for the next start.' });
  if (driverOf(nic).network === 'passt' && netdev['type'] !== 'stream')
    refuse('/interface/backend/@type', 'A NIC with the passt backend can’t be added while the machine runs: that takes QEMU 7.2.');
  if (nic.backend?.vhost !== undefined && nic.backend.vhost !== '/dev/vhost-net')
    refuse('/interface/backend/@vhost', 'A NIC with a vhost device of its own can’t be added while the machine runs.');
};

/** What the network layer works with, for a change of this machine. */
export function contextOf(change: LiveChange): LiveContext {
  return { helper: change.backend.helper, machine: change.machine.uuid };
}

/** A NIC that can be plugged in, decided: nothing is made yet. */
export interface PlannedNic {
  readonly plan: DevicePlan;
  readonly nic: Interface;
  readonly netdev: OptionProps;
}

/**
 * Decides how a NIC is plugged into a running machine.
 * @param liveXml the machine's XML without it
 * @throws TapestryError `xml-*`; `unsupported-operation` when it can't be plugged while the machine runs
 */
export async function planNic(change: LiveChange, liveXml: string, text: string, alias: string): Promise<PlannedNic> {
  const plan = await planDevice(change.backend, change.machine.paths, liveXml, text, alias);
  const { model: nic, netdev } = plan;
  if (nic.kind !== 'interface' || netdev === undefined) throw new TapestryError('internal', 'The plan of the NIC has no NIC.');
  refuseUnattachable(nic, netdev);
  return { plan, nic, netdev };
}

/** Plugs a planned NIC in: host end, netdev, device, live XML and record; all or nothing. @throws TapestryError as a start does, `qmp` */
export async function plugPlanned(change: LiveChange, planned: PlannedNic): Promise<void> {
  const { run, backend } = change;
  const { plan, nic } = planned;
  const made = await makeNetdev(change, planned);
  try {
    await addToGuest(change, plan.device);
    if (nic.link === 'down') await run.qmp.execute('set_link', { name: plan.alias, up: false });
  } catch (error) {
    throw await rollBack(error, [
      () => unlessRefused(run.qmp.execute('device_del', { id: plan.alias })), // mostly it never came to be
      () => run.qmp.execute('netdev_del', { id: `host${plan.alias}` }),
      ...(made === undefined ? [] : [() => backend.releaseNics([made])]),
    ]);
  }
  // A macvtap is up while the processors run: when they are stopped, it waits for them like the others.
  const record =
    made !== undefined && run.facts.state === 'running' ? ((await driverOf(nic).handedOver?.(made, backend.helper)) ?? made) : made;
  if (record !== undefined) await run.update({ nics: [...run.record.nics, record] });
  await recordAttached(change, plan, withHostDevice(plan.element, record?.device ?? null));
}

/** Plugs a NIC into a running machine. @throws TapestryError as a start does, `qmp`, `unsupported-operation` */
export async function attachNic(change: LiveChange): Promise<LiveOutcome> {
  const planned = await planNic(change, change.run.record.liveXml, change.text, aliasFor(change));
  await plugPlanned(change, planned);
  const { element } = planned.plan;
  return {
    state: 'done',
    undo: async () => {
      await detachDevice({ ...change, wanted: parseXml(element).root, text: element });
    },
  };
}

/** The element with the host device that belongs to it, where there is one. */
export function withHostDevice(element: string, device: string | null): string {
  if (device === null) return element;
  const document = parseXml(element);
  return applySplices(document, childAttribute(document, document.root, 'target', 'dev', device)).text;
}

/** Makes the host end and the netdev of it. @returns its record; none for QEMU's own user network */
const makeNetdev = (change: LiveChange, planned: PlannedNic): Promise<NicRecord | undefined> => {
  switch (driverOf(planned.nic).network) {
    case 'host':
      return plugHostEnd(change, planned);
    case 'passt':
      return plugPasst(change, planned);
    case 'slirp':
      return plugSlirp(change, planned);
  }
};

const plugSlirp = async ({ run, signal }: LiveChange, { netdev }: PlannedNic): Promise<undefined> => {
  await run.qmp.execute('netdev_add', commandArguments(netdev), { signal });
};

/** QEMU listens, and passt comes to it. */
const plugPasst = async (change: LiveChange, { plan, nic, netdev }: PlannedNic): Promise<NicRecord> => {
  const { runtime } = change.machine.paths;
  const socket = streamSocket(runtime, plan.alias);
  await change.run.qmp.execute('netdev_add', commandArguments(netdev), { signal: change.signal });
  try {
    const [record] = await serveStreams([{ nic, alias: plan.alias, socket }], { runtimeDirectory: runtime, helper: change.backend.helper });
    if (record === undefined) throw new TapestryError('internal', 'The NIC that was served has no record.');
    return record;
  } catch (error) {
    throw await rollBack(error, [() => change.run.qmp.execute('netdev_del', { id: `host${plan.alias}` })]);
  }
};

/** Makes the TAP or macvtap, has it handed to QEMU over our own monitor, and makes the netdev of it. */
const plugHostEnd = async (change: LiveChange, { plan, nic, netdev }: PlannedNic): Promise<NicRecord> => {
  const { qmp } = change.run;
  const plugged = await plugNic(nic, plan.alias, qmp, contextOf(change));
  try {
    await qmp.execute('netdev_add', tapNetdev(netdev, plugged.fdNames), { signal: change.signal });
    return await plugged.handedOver();
  } catch (error) {
    throw await rollBack(error, plugged.undo);
  }
};

/**
 * The planned netdev with the descriptors' names in place of its descriptors. Where vhost is planned (the host has it, and this user may open it),
 * QEMU, which runs as this user too, opens /dev/vhost-net itself: once per queue (net/tap.c).
 */
export function tapNetdev(planned: OptionProps, names: readonly string[]): Props {
  const rest = Object.fromEntries(Object.entries(planned).filter(([, value]) => !isDescriptorList(value)));
  return { ...commandArguments(rest), ...(names.length === 1 ? { fd: names[0] } : { fds: names.join(':') }) };
}
