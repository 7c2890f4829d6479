import { z } from 'zod';
import { attributeValue, firstChild, parseXml, targetIndex, type XmlElement } from '../../../../shared/domain-xml/index.ts';
import { letsNothingGo, needsGuest } from '../../../../shared/domain-xml/guest-lets-go.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import { rollBack } from '../../../../shared/roll-back.ts';
import { aliasPrefix } from '../../../qemu/plan/aliases.ts';
import { imageOf } from '../../../qemu/plan/planned-image.ts';
import { checkImages } from '../images/image-use.ts';
import { aliasOf } from '../definitions/live-xml.ts';
import { devicesOf, findDevice } from '../definitions/find-device.ts';
import { nextAlias } from '../definitions/edit-devices.ts';
import { withDevice, withoutElement } from '../../../../shared/domain-xml/edit/texts.ts';
import type { Backend } from '../ports/ports.ts';
import type { Run } from '../run/run.ts';
import type { LiveChange, LiveOutcome } from './live-change.types.ts';
import { planDevice, type DevicePlan, type Props } from './plan-device.ts';

const blockNodes = z.array(z.looseObject({ 'node-name': z.string(), file: z.string().optional() }));

/** The file or block device of a disk element. */
const mediumPath = (disk: XmlElement): string | undefined => {
  const source = firstChild(disk, 'source');
  return source === undefined ? undefined : (attributeValue(source, 'file') ?? attributeValue(source, 'dev'));
};

/** How long the guest may take to let go of a device before the detach is shown as pending, ms (libvirt waits 5 s). */
const detachPatience = 5_000;

/** libvirt's alias of a virtio or USB disk; disks behind a controller are named after their target, as their place isn't known yet. */
const diskAlias = (disk: XmlElement): string => {
  const target = firstChild(disk, 'target');
  const dev = target === undefined ? '' : (attributeValue(target, 'dev') ?? '');
  const bus = (target === undefined ? undefined : attributeValue(target, 'bus')) ?? 'virtio';
  return bus === 'virtio' || bus === 'usb' ? `${bus}-disk${targetIndex(dev) ?? 0}` : `${bus}-${dev}`;
};

/** The alias that a new device gets: the user's own (`ua-…`), else numbered as libvirt numbers them. */
export function aliasFor(change: LiveChange): string {
  const own = aliasOf(change.wanted);
  if (own?.startsWith('ua-') === true) return own;
  if (change.wanted.name === 'disk') return diskAlias(change.wanted);
  return nextAlias(parseXml(change.run.record.liveXml), aliasPrefix(change.wanted.name));
}

/** Waits for a command that takes away what may be gone already, or be in use elsewhere: QEMU's refusal (`qmp`) is one of its good ends. @throws every other error */
export async function unlessRefused(asked: Promise<unknown>): Promise<void> {
  try {
    await asked;
  } catch (error) {
    if (!(error instanceof TapestryError) || error.code !== 'qmp') throw error;
  }
}

/** Adds the guest's side of a device. @throws TapestryError `qmp`; `unsupported-operation` where the machine can't take devices while it runs */
export async function addToGuest(change: LiveChange, props: Props): Promise<void> {
  try {
    await change.run.qmp.execute('device_add', props, { signal: change.signal });
  } catch (error) {
    throw hotplugError(error, 'take devices', 'Add');
  }
}

/** QEMU's refusal to plug devices of a machine without ACPI, in words that help; every other error as it is. */
const hotplugError = (error: unknown, act: string, how: string): unknown =>
  error instanceof TapestryError && error.message.includes('does not support hotplugging')
    ? new TapestryError('unsupported-operation', `This machine can’t ${act} while it runs.`, {
        next: `${how} the device for the next start; with <acpi/> in its features (or the machine type q35) it can the time after.`,
        ...(error.data.detail === undefined ? {} : { detail: error.data.detail }),
        cause: error,
      })
    : error;

/** Writes a new device into the running machine's XML. */
export async function recordAttached(change: LiveChange, plan: DevicePlan, element = plan.element): Promise<void> {
  await change.run.update({ liveXml: withDevice(parseXml(change.run.record.liveXml), element).text });
  change.announce();
}

/** Adds a device that needs nothing but its nodes and objects: disks, sound, RNG, input, … @throws TapestryError `qmp`, `unsupported-operation` */
export async function attachDevice(change: LiveChange): Promise<LiveOutcome> {
  const { run, backend, machine } = change;
  const { qmp } = run;
  const plan = await planDevice(backend, machine.paths, run.record.liveXml, change.text, aliasFor(change));
  const undo: (() => Promise<void>)[] = [];
  const image = plan.model.kind === 'disk' ? imageOf(plan.model, '/disk') : undefined;
  if (image !== undefined) {
    await checkImages([image], [...change.held(machine.uuid), { machine: machine.facts.name, images: run.record.images }]);
  }
  try {
    for (const object of plan.objects) {
      await qmp.execute('object-add', object, { signal: change.signal });
      undo.unshift(() => unlessRefused(qmp.execute('object-del', { id: object['id'] })));
    }
    for (const node of plan.blockdevs) {
      await qmp.execute('blockdev-add', node, { signal: change.signal });
      undo.unshift(() => unlessRefused(qmp.execute('blockdev-del', { 'node-name': node['node-name'] })));
    }
    await addToGuest(change, plan.device);
    undo.unshift(() => unlessRefused(qmp.execute('device_del', { id: plan.alias })));
    for (const { command, arguments: args } of plan.commands) await qmp.execute(command, args, { signal: change.signal });
  } catch (error) {
    throw await rollBack(error, undo);
  }
  if (image !== undefined) await run.update({ images: [...run.record.images, { ...image }] });
  await recordAttached(change, plan);
  return {
    state: 'done',
    undo: async () => {
      await detachDevice({ ...change, wanted: parseXml(plan.element).root, text: plan.element });
    },
  };
}

/** Block nodes of a file, which go when the disk has gone: whether they were there from the start or came later. */
const removeNodes = async (run: Run, path: string): Promise<void> => {
  const answer = blockNodes.safeParse(await run.qmp.execute('query-named-block-nodes', { flat: true }));
  const names = (answer.success ? answer.data : []).filter(({ file }) => file === path).map((node) => node['node-name']);
  // A format node holds its file's node, and was made after it: the newest goes first. One that another disk or a job uses stays.
  for (const name of [...names, ...names.toReversed()]) await unlessRefused(run.qmp.execute('blockdev-del', { 'node-name': name }));
};

/** Takes away what was behind a NIC: the netdev, and with it the TAP; then the down script runs. */
const removeNetdev = async (run: Run, backend: Backend, alias: string): Promise<void> => {
  await unlessRefused(run.qmp.execute('netdev_del', { id: `host${alias}` })); // it may have gone with its device
  await backend.releaseNics(run.record.nics.filter((nic) => nic.alias === alias));
};

/**
 * Refuses what the guest must let go of first, while it runs nothing: the request would stay pending for as long as it stands still.
 * @param found the device as it runs
 * @throws TapestryError `wrong-state`
 */
export function requireGuest({ machine }: Pick<LiveChange, 'machine'>, found: XmlElement): void {
  const { state } = machine.state;
  if (!needsGuest({ state }, found)) return;
  throw new TapestryError('wrong-state', `${letsNothingGo({ state }, `this <${found.name}>`)}.`, {
    next: `${state === 'paused' ? 'Resume it first' : state === 'crashed' ? 'Reset it first' : 'Wake it first'}, or change it for the next start only.`,
    path: `/domain/devices/${found.name}`,
  });
}

/** {@link detachDevice}, where somebody asked for it. @throws TapestryError `wrong-state` when the guest runs nothing, and what that throws */
export async function removeDevice(change: LiveChange): Promise<LiveOutcome> {
  requireGuest(change, findDevice(parseXml(change.run.record.liveXml), change.wanted));
  return detachDevice(change);
}

const finishing = new WeakMap<Run, Map<string, Promise<void>>>();

/**
 * Cleans up after a device that the guest let go of, whoever asked for it and whenever it happens: back end, live XML,
 * record. Asked twice at once, it runs once.
 */
export function finishDetach(backend: Backend, run: Run, alias: string, announce: () => void): Promise<void> {
  const ofRun = finishing.get(run) ?? new Map<string, Promise<void>>();
  finishing.set(run, ofRun);
  const known = ofRun.get(alias);
  if (known !== undefined) return known;
  const work = (async () => {
    const element = devicesOf(parseXml(run.record.liveXml)).find((one) => aliasOf(one) === alias);
    if (element?.name === 'interface') await removeNetdev(run, backend, alias);
    // Its source of numbers goes with it (libvirt: qemuDomainRemoveRNGDevice); a daemon's has a chardev of its own, too.
    if (element?.name === 'rng') {
      await unlessRefused(run.qmp.execute('object-del', { id: `obj${alias}` }));
      await unlessRefused(run.qmp.execute('chardev-remove', { id: `char${alias}` }));
    }
    const medium = element?.name === 'disk' ? mediumPath(element) : undefined;
    if (medium !== undefined) await removeNodes(run, medium);
    const document = parseXml(run.record.liveXml);
    const now = devicesOf(document).find((one) => aliasOf(one) === alias);
    await run.update({
      liveXml: now === undefined ? run.record.liveXml : withoutElement(document, now).text,
      detachPending: run.record.detachPending.filter((one) => one !== alias),
      nics: run.record.nics.filter((nic) => nic.alias !== alias),
      images: run.record.images.filter((image) => image.path !== medium),
    });
    announce();
  })().finally(() => ofRun.delete(alias));
  ofRun.set(alias, work);
  return work;
}

/**
 * Asks the guest to let go of a device, and cleans up when it has.
 *
 * @returns `pending` when it has not within 5 s: it stays visible, and {@link finishDetach} follows whenever the guest does
 * @throws TapestryError `not-found`, `qmp`; `unsupported-operation` when the guest refused
 */
export async function detachDevice(change: LiveChange): Promise<LiveOutcome> {
  const { run, backend } = change;
  const found = findDevice(parseXml(run.record.liveXml), change.wanted);
  const alias = aliasOf(found);
  if (alias === undefined) {
    throw new TapestryError(
      'unsupported-operation',
      `This <${found.name}> has no alias in the running machine, so it can't be removed while it runs.`,
    );
  }
  const gone = run.qmp
    .waitForEvent(
      (event) => (event.event === 'DEVICE_DELETED' || event.event === 'DEVICE_UNPLUG_GUEST_ERROR') && event.data['device'] === alias,
      {
        deadline: detachPatience,
        signal: change.signal,
      },
    )
    .then(
      (event) => event.event,
      (error: unknown) => error,
    );
  try {
    await run.qmp.execute('device_del', { id: alias }, { signal: change.signal });
  } catch (error) {
    // It went between our look and the command: what is left is to clean up.
    if (error instanceof TapestryError && error.data.detail?.startsWith('DeviceNotFound') === true) {
      await finishDetach(backend, run, alias, change.announce);
      return { state: 'done' };
    }
    // Asked again while the first request is pending: newer QEMUs say so; it is still pending.
    if (!(error instanceof TapestryError && error.message.includes('already in the process of unplug')))
      throw hotplugError(error, 'let go of devices', 'Remove');
  }
  const outcome = await gone;
  if (outcome === 'DEVICE_DELETED') {
    await finishDetach(backend, run, alias, change.announce);
    return { state: 'done' };
  }
  if (outcome === 'DEVICE_UNPLUG_GUEST_ERROR') {
    throw new TapestryError('unsupported-operation', 'The guest refused to let go of the device.', {
      next: 'Free it inside the guest (unmount, stop using it), then try again.',
    });
  }
  if (!(outcome instanceof TapestryError) || outcome.code !== 'deadline') throw outcome;
  // The guest may have let go after the deadline, while QEMU still had to answer the command.
  await finishing.get(run)?.get(alias);
  if (!devicesOf(parseXml(run.record.liveXml)).some((one) => aliasOf(one) === alias)) return { state: 'done' };
  await run.update({ detachPending: [...new Set([...run.record.detachPending, alias])] });
  change.announce();
  return {
    state: 'pending',
    message: 'The guest has not let go of the device yet; it goes as soon as the guest does, at the latest when the machine is off.',
  };
}
