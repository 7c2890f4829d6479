import { setTimeout as delay } from 'node:timers/promises';
import {
  attributeValue,
  defaultNicModel,
  firstChild,
  parseXml,
  readDevice,
  type XmlDocument,
} from '../../../../shared/domain-xml/index.ts';
import type { Interface } from '../../../../shared/domain/index.ts';
import type { NicStep } from '../../../../shared/contract/nic-steps.ts';
import type { NicPart } from '../../../../shared/contract/operations.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import { rollBack } from '../../../../shared/roll-back.ts';
import { requireSupport } from '../../require-support.ts';
import { embeddedSupport } from '../support/embedded-support.ts';
import { nicPart } from '../support/nic-words.ts';
import { cableMove } from '../../../network/nics/cable-move.ts';
import { moveNic, setBandwidth, setCoalesce, setIsolated } from '../../../network/nics/live-nic.ts';
import { driverOf } from '../../../network/nics/nic-drivers.ts';
import { withMove, type NicRecord } from '../../../network/nics/nic-record.ts';
import { aliasOf } from '../definitions/live-xml.ts';
import { contextOf, withHostDevice } from './attach-nic.ts';
import { findAlias, findDevice } from '../definitions/find-device.ts';
import { completedFrom } from '../definitions/edit-devices.ts';
import { textOf, withReplaced } from '../../../../shared/domain-xml/edit/texts.ts';
import { detachDevice, requireGuest } from './live-device.ts';
import type { LiveChange, LiveOutcome } from './live-change.types.ts';
import { otherPasst } from './other-passt.ts';
import { elsewhereOf, forgetReplug, replugNic } from './replug-nic.ts';

/** How long a flapped link stays down, ms: guests look at the carrier about once a second. */
const flapTime = 1_500;

/** Unplugs a NIC. */
export async function detachNic(change: LiveChange): Promise<LiveOutcome> {
  const document = parseXml(change.run.record.liveXml);
  const found = change.alias === undefined ? findDevice(document, change.wanted) : findAlias(document, change.alias);
  requireGuest(change, found);
  await forgetReplug(change.run, aliasOf(found) ?? '');
  return detachDevice({ ...change, wanted: found });
}

/** One part of a NIC that can be changed while it runs. */
interface Part {
  readonly what: string;
  /** A failure may leave neither the old nor the new state, so that the old one is applied again. */
  readonly partial?: true;
  /** It can be made so again, when something else changed it or ended it (the record's `fault`). */
  repairs?(wanted: Interface): boolean;
  differs(old: Interface, wanted: Interface): boolean;
  apply(change: LiveChange, alias: string, nic: Interface, record: NicRecord | undefined): Promise<NicStep | undefined>;
}

const recordNeeded = (record: NicRecord | undefined, what: string): NicRecord => {
  if (record === undefined)
    throw new TapestryError('unsupported-operation', `This NIC has no device on the host, so ${what} can’t be changed while it runs.`, {
      next: 'Change it for the next start.',
    });
  return record;
};

const bridgeOf = (nic: Interface): string | null => driverOf(nic).bridge?.(nic) ?? null;

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const parts: readonly Part[] = [
  {
    what: 'the bridge',
    differs: (old, wanted) => bridgeOf(old) !== null && bridgeOf(wanted) !== null && bridgeOf(old) !== bridgeOf(wanted),
    repairs: (wanted) => bridgeOf(wanted) !== null,
    apply: (change, _alias, nic, record) => moveNic(recordNeeded(record, 'its bridge'), bridgeOf(nic), nic, contextOf(change)),
  },
  {
    what: 'its passt',
    differs: () => false,
    repairs: (wanted) => driverOf(wanted).network === 'passt',
    apply: async (change, _alias, nic) => {
      await otherPasst(change.machine, change.run, nic, nic, { why: 'ended' });
      return undefined;
    },
  },
  {
    what: 'the link',
    differs: (old, wanted) => (old.link ?? 'up') !== (wanted.link ?? 'up'),
    apply: async (change, alias, nic) => {
      await change.run.qmp.execute('set_link', { name: alias, up: nic.link !== 'down' });
      return { at: Date.now(), kind: 'link', link: nic.link ?? 'up' };
    },
  },
  {
    what: 'the bandwidth',
    partial: true,
    differs: (old, wanted) => !same(old.bandwidth, wanted.bandwidth),
    apply: (change, _alias, nic, record) => setBandwidth(recordNeeded(record, 'its bandwidth'), nic.bandwidth, nic.path, contextOf(change)),
  },
  {
    what: 'the isolation',
    differs: (old, wanted) => (old.portIsolated ?? false) !== (wanted.portIsolated ?? false),
    apply: (change, _alias, nic, record) =>
      setIsolated(recordNeeded(record, 'its isolation'), nic.portIsolated === true, nic.path, contextOf(change)),
  },
  {
    what: 'coalescing',
    differs: (old, wanted) => old.coalesceRxFrames !== wanted.coalesceRxFrames,
    apply: (change, _alias, nic, record) =>
      setCoalesce(recordNeeded(record, 'its coalescing'), nic.coalesceRxFrames ?? 0, nic.path, contextOf(change)),
  },
];

/** A NIC by its parts, without what only says where it was read. */
const partsOf = (nic: Interface): Readonly<Partial<Record<NicPart, unknown>>> => {
  const { kind: _kind, path: _path, source, ...rest } = nic;
  const { bridge, ...plugged } = { bridge: undefined, ...source };
  return { ...rest, source: plugged, bridge };
};

/** The first part that differs and can't be changed in place; see `embeddedSupport`. */
const fixedPart = (old: Interface, wanted: Interface): NicPart | undefined => {
  const [before, after] = [partsOf(old), partsOf(wanted)];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])] as NicPart[];
  return names.find((part) => embeddedSupport[`update-nic-${part}`] !== 'yes' && !same(before[part], after[part]));
};

const readNic = (text: string, live: boolean): Interface => {
  const { device, problems } = readDevice(parseXml(text), undefined, { live });
  const fault = problems.find((problem) => problem.severity === 'error');
  if (fault !== undefined) throw new TapestryError('xml-invalid', fault.message, { path: fault.path });
  if (device?.kind !== 'interface') throw new TapestryError('xml-invalid', 'This is no <interface>.', { path: '/interface' });
  return device;
};

/**
 * Changes a running NIC to what its new XML says: bridge, link, bandwidth, isolation, coalescing. When one part fails, those
 * before it are taken back. What another program changed, or what ended by itself, is put back, also when the XML stays as it is. For all else the NIC is re-plugged, where that is wished ({@link replugNic}).
 *
 * @throws TapestryError `unsupported-operation` naming what can't be changed while it runs; `bridge-missing` and others
 */
export async function updateNic(change: LiveChange): Promise<LiveOutcome> {
  const { run } = change;
  const document = parseXml(run.record.liveXml);
  const found = change.alias === undefined ? findDevice(document, change.wanted) : findAlias(document, change.alias);
  const alias = aliasOf(found) ?? '';
  const oldText = textOf(document, found);
  const completed = completedFrom(change.text, document, found, ['mac', 'model']);
  const old = readNic(oldText, true);
  const readWanted = readNic(completedFrom(change.text, document, found), true);
  // What the start filled in needs not be said again; no model means the usual one, not the one that is there.
  const model = readWanted.model ?? usualModel(document, readWanted.type);
  const wanted: Interface = {
    ...readWanted,
    ...(readWanted.target === undefined && old.target !== undefined ? { target: old.target } : {}),
    ...(readWanted.mac === undefined && old.mac !== undefined ? { mac: old.mac } : {}),
    ...(model === undefined ? {} : { model }),
  };
  const fixed = fixedPart(old, wanted);
  if (fixed !== undefined) {
    const pluggable = fixed !== 'alias' && embeddedSupport[`attach-nic-${wanted.type}`] === 'yes';
    if (change.replug && pluggable) {
      requireGuest(change, found);
      const text = completedFrom(change.text, document, found, ['mac', 'model']);
      return replugNic(change, alias, { text, elsewhere: elsewhereOf(text, change.text) });
    }
    requireSupport(embeddedSupport, `update-nic-${fixed}`, {
      next: 'Change it for the next start, or detach the NIC and attach it anew.',
      path: nicPart(fixed).path,
      ...(pluggable ? { fixes: [{ kind: 'replug', label: 'Apply now by re-plugging' }] } : {}),
    });
  }
  const record = run.record.nics.find((nic) => nic.alias === alias);
  const done: Part[] = [];
  const steps: NicStep[] = [];
  const undo = async () => {
    for (const part of done.toReversed()) await part.apply(change, alias, old, record);
  };
  const faulty = record?.fault !== undefined;
  for (const part of parts.filter((one) => one.differs(old, wanted) || (faulty && one.repairs?.(wanted) === true))) {
    try {
      const step = await part.apply(change, alias, wanted, record);
      if (step !== undefined) steps.push(step);
      done.push(part);
    } catch (error) {
      const back = part.partial === true && record?.created === true ? [() => part.apply(change, alias, old, record)] : [];
      throw await rollBack(error, [...back, undo]);
    }
  }
  const flapped = change.linkFlap && wanted.link !== 'down';
  if (flapped) {
    await run.qmp.execute('set_link', { name: alias, up: false });
    await delay(flapTime);
    await run.qmp.execute('set_link', { name: alias, up: true });
    steps.push({ at: Date.now(), kind: 'link', link: 'flapped' });
  }
  const now = parseXml(run.record.liveXml);
  await run.update({
    liveXml: withReplaced(now, findAlias(now, alias), liveText(completed, oldText)).text,
    nics: run.record.nics.map((nic) =>
      nic.alias === alias
        ? withMove(
            repaired(nic, steps),
            cableMove(nic.moved, [bridgeOf(old), bridgeOf(wanted)], { mac: wanted.mac ?? '', at: Date.now(), flapped }),
          )
        : nic,
    ),
  });
  change.announce();
  return {
    state: 'done',
    undo: async () => {
      await undo();
      const present = parseXml(run.record.liveXml);
      await run.update({
        liveXml: withReplaced(present, findAlias(present, alias), oldText).text,
        nics: run.record.nics.map((nic) => (nic.alias === alias ? withMove(nic, record?.moved) : nic)),
      });
      change.announce();
    },
  };
}

/** What a start gives to a NIC of this type without a <model>. */
const usualModel = (document: XmlDocument, type: Interface['type']): string | undefined => {
  const os = firstChild(document.root, 'os');
  const osType = os === undefined ? undefined : firstChild(os, 'type');
  if (osType === undefined) return defaultNicModel(type);
  return defaultNicModel(type, attributeValue(osType, 'arch'), attributeValue(osType, 'machine'));
};

/** The NIC's record with these steps, and nothing wrong with it any more: a look follows (nic-watch.ts). */
const repaired = ({ fault: _fault, ...nic }: NicRecord, steps: readonly NicStep[]): NicRecord => ({
  ...nic,
  timeline: [...nic.timeline, ...steps],
});

/** The new element with what the start had found out about the old one: the TAP's name. */
const liveText = (completed: string, oldText: string): string => {
  const target = readNic(oldText, true).target;
  return target === undefined ? completed : withHostDevice(completed, target);
};
