import { attributeValue, firstChild, parseXml } from '../../../../shared/domain-xml/index.ts';
import type { NicStep } from '../../../../shared/contract/nic-steps.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import { rollBack } from '../../../../shared/roll-back.ts';
import { cableMove } from '../../../network/nics/cable-move.ts';
import { now } from '../../../network/helper/clock.ts';
import { withMove, type NicRecord } from '../../../network/nics/nic-record.ts';
import { byTapestry } from '../../../network/nics/step-authors.ts';
import { aliasOf } from '../definitions/live-xml.ts';
import type { Run } from '../run/run.ts';
import { planNic, plugPlanned, type PlannedNic } from './attach-nic.ts';
import { textOf, withoutElement } from '../../../../shared/domain-xml/edit/texts.ts';
import { devicesOf, findAlias } from '../definitions/find-device.ts';
import { detachDevice } from './live-device.ts';
import type { LiveChange, LiveOutcome } from './live-change.types.ts';

/** A NIC’s new text, and what it took over from the present one. */
export interface Replacement {
  readonly text: string;
  /** The same without the place that it took over; undefined when the place is the user’s own wish. */
  readonly elsewhere: string | undefined;
}

/** Decides the new NIC in the place of the present one or, where it doesn’t fit there, in another. */
const planAnew = async (change: LiveChange, liveXml: string, { text, elsewhere }: Replacement, alias: string): Promise<PlannedNic> => {
  try {
    return await planNic(change, liveXml, text, alias);
  } catch (error) {
    if (elsewhere === undefined || !(error instanceof TapestryError)) throw error;
    return planNic(change, liveXml, elsewhere, alias);
  }
};

/** The NIC that goes: its element, and what is known of a move of its cable. */
interface Leaving {
  readonly old: string;
  readonly moved?: NicRecord['moved'];
}

/** The bridge that an element plugs its NIC into; null for one that is on none. */
const bridgeIn = (text: string): string | null => {
  const { root } = parseXml(text);
  const source = attributeValue(root, 'type') === 'bridge' ? firstChild(root, 'source') : undefined;
  return (source && attributeValue(source, 'bridge')) ?? null;
};

const noteMove = (run: Run, alias: string, moved: NicRecord['moved']): Promise<void> =>
  run.update({ nics: run.record.nics.map((nic) => (nic.alias === alias ? withMove(nic, moved) : nic)) });

const markReplugged = async (run: Run, alias: string): Promise<void> => {
  const step: NicStep = { at: now(), kind: 'replugged', by: byTapestry() };
  await run.update({ nics: run.record.nics.map((nic) => (nic.alias === alias ? { ...nic, timeline: [...nic.timeline, step] } : nic)) });
};

/** Plugs the new NIC where the old one was; when that fails, the old one. */
const plugOrPutBack = async (change: LiveChange, planned: PlannedNic, { old, moved }: Leaving, alias: string): Promise<void> => {
  try {
    await plugPlanned(change, planned);
  } catch (error) {
    throw await rollBack(error, [
      async () => plugPlanned(change, await planNic(change, change.run.record.liveXml, old, alias)),
      () => noteMove(change.run, alias, moved),
      () => markReplugged(change.run, alias),
    ]);
  }
  await noteMove(
    change.run,
    alias,
    cableMove(moved, [bridgeIn(old), bridgeIn(planned.plan.element)], { mac: planned.nic.mac ?? '', at: now(), flapped: true }),
  );
  await markReplugged(change.run, alias);
  change.announce();
};

const withoutAlias = (run: Run, alias: string): typeof run.record.replugs => run.record.replugs.filter((one) => one.alias !== alias);

/**
 * Takes a running NIC out and plugs another one in, with the same alias: everything that can be known to go wrong is looked at first. When the
 * new one fails all the same, the old one is put back. A guest that doesn’t let go at once leaves the change pending:
 * {@link finishReplug} follows when it does.
 * @param change `text` and `wanted` are not looked at
 * @throws TapestryError as an attach and a detach do
 */
export async function replugNic(change: LiveChange, alias: string, replacement: Replacement): Promise<LiveOutcome> {
  const { run } = change;
  const document = parseXml(run.record.liveXml);
  const present = findAlias(document, alias);
  const old = textOf(document, present);
  const planned = await planAnew(change, withoutElement(document, present).text, replacement, alias);
  const undo = async () => {
    if (run.record.replugs.some((one) => one.alias === alias)) {
      await run.update({ replugs: [...withoutAlias(run, alias), { alias, xml: old, old, moved }] });
      return;
    }
    await replugNic(change, alias, { text: old, elsewhere: undefined });
  };
  const moved = run.record.nics.find((nic) => nic.alias === alias)?.moved;
  const { state } = await detachDevice({ ...change, wanted: parseXml(old).root, text: old });
  if (state === 'done') {
    await plugOrPutBack(change, planned, { old, moved }, alias);
    return { state, replugged: true, message: 'The NIC was taken out and plugged in again: the guest has a new card.', undo };
  }
  await run.update({
    replugs: [...withoutAlias(run, alias), { alias, xml: replacement.text, old, elsewhere: replacement.elsewhere, moved }],
  });
  // It may have gone while that was written: then nobody else comes.
  if (!devicesOf(parseXml(run.record.liveXml)).some((device) => aliasOf(device) === alias)) await finishReplug(change, alias);
  change.announce();
  return {
    state,
    replugged: true,
    message: 'The guest has not let go of the NIC yet; the new one is plugged in as soon as it does.',
    undo,
  };
}

/** Plugs the NIC that waited for the guest to let go of the one before it; nothing where none waits. @throws TapestryError as an attach does: the old one is back then */
export async function finishReplug(change: LiveChange, alias: string): Promise<void> {
  const { run } = change;
  const waiting = run.record.replugs.find((one) => one.alias === alias);
  if (waiting === undefined) return;
  await run.update({ replugs: withoutAlias(run, alias) });
  const planned = async () => planAnew(change, run.record.liveXml, { text: waiting.xml, elsewhere: waiting.elsewhere }, alias);
  let decided: PlannedNic;
  try {
    decided = await planned();
  } catch (error) {
    throw await rollBack(error, [
      async () => plugPlanned(change, await planNic(change, run.record.liveXml, waiting.old, alias)),
      () => noteMove(run, alias, waiting.moved),
    ]);
  }
  await plugOrPutBack(change, decided, waiting, alias);
}

/** Plugs in what waits for the guest to let go of this NIC, after whatever is being done to the machine. A failure shows at the machine. */
export async function plugWaiting(
  context: Pick<LiveChange, 'backend' | 'machine' | 'run' | 'held' | 'announce'>,
  alias: string,
): Promise<void> {
  const { machine, run } = context;
  const waiting = run.record.replugs.find((one) => one.alias === alias);
  if (waiting === undefined) return;
  const { xml } = waiting;
  const signal = new AbortController().signal;
  const change: LiveChange = { ...context, wanted: parseXml(xml).root, text: xml, signal, linkFlap: false, replug: false };
  try {
    await machine.jobs.run(() => finishReplug(change, alias));
  } catch (error) {
    if (!(error instanceof TapestryError)) throw error;
    if (machine.run === run) machine.fail(error);
  }
}

/** Nothing is to come in the place of a NIC that is being detached. */
export async function forgetReplug(run: Run, alias: string): Promise<void> {
  if (run.record.replugs.some((one) => one.alias === alias)) await run.update({ replugs: withoutAlias(run, alias) });
}

/** A NIC’s new text without the place that it took over from the old one. @param own the text as the user gave it */
export function elsewhereOf(completed: string, own: string): string | undefined {
  if (firstChild(parseXml(own).root, 'address') !== undefined) return undefined;
  const document = parseXml(completed);
  const place = firstChild(document.root, 'address');
  return place === undefined ? undefined : withoutElement(document, place).text;
}
