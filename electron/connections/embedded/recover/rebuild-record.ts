import { readFile } from 'node:fs/promises';
import { parseXml } from '../../../../shared/domain-xml/index.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import type { FoundQemu } from '../../../processes/find-qemu.ts';
import { clockTicksPerSecond } from '../../../processes/proc-stat.ts';
import type { LaunchPlan } from '../../../qemu/plan/launch-plan.types.ts';
import type { Backend, MachinePaths } from '../ports/ports.ts';
import type { RuntimeRecord } from '../run/runtime-record.ts';
import type { ThisBoot } from '../run/this-boot.ts';

/** What a record is made of again. */
export interface RebuildRequest {
  readonly uuid: string;
  readonly qemu: FoundQemu;
  /** What could be read of the record that is damaged; empty where there is none. */
  readonly part: Partial<RuntimeRecord>;
  /** The machine's stored definition, where it has one. */
  readonly stored: { readonly name: string; readonly xml: string } | undefined;
  readonly paths: MachinePaths;
  readonly backend: Backend;
  readonly here: ThisBoot;
  nextId(): number;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** When a process was started, ms since the epoch; now where the kernel doesn't tell. @param startTime clock ticks after boot */
const startedAt = async (startTime: number): Promise<number> => {
  const up = Number((await readFile('/proc/uptime', 'utf8').catch(() => '')).split(' ')[0]);
  if (!Number.isFinite(up) || up <= 0) return Date.now();
  return Math.round(Date.now() - up * 1000 + (startTime * 1000) / clockTicksPerSecond);
};

const isXml = (text: string | undefined): text is string => {
  if (text === undefined) return false;
  try {
    parseXml(text);
    return true;
  } catch (error) {
    if (error instanceof TapestryError) return false;
    throw error;
  }
};

/** What the definition would be started as, for the parts of a record that are lost; undefined where it can't be planned any more. */
const planOf = async (xml: string, { backend, paths }: RebuildRequest): Promise<LaunchPlan | undefined> => {
  try {
    return (await backend.prepare(xml, paths)).plan;
  } catch (error) {
    if (error instanceof TapestryError) return undefined;
    throw error;
  }
};

/**
 * Makes the record of a machine that runs again, where the one on disk is gone or damaged: from what of it can be read, the process itself and
 * the stored definition. It never says that the machine is being started, or may be ended.
 */
export async function rebuildRecord(request: RebuildRequest): Promise<RuntimeRecord> {
  const { uuid, qemu, part, stored, paths, here } = request;
  const name = part.name ?? stored?.name ?? qemu.name ?? uuid;
  const bare = `<domain type='qemu'>\n  <name>${escaped(name)}</name>\n  <uuid>${uuid}</uuid>\n</domain>\n`;
  const definition = [part.definition, stored?.xml].find(isXml) ?? bare;
  const lost = !isXml(part.liveXml) || part.images === undefined || part.consoles === undefined;
  const plan = lost ? await planOf(definition, request) : undefined;
  return {
    name,
    id: part.id ?? request.nextId(),
    log: paths.log,
    logOffset: 0,
    startedAt: part.startedAt ?? (await startedAt(qemu.identity.startTime)),
    boot: here.boot,
    computer: here.computer,
    state: { state: 'unknown', reason: 'unknown' },
    rebootAskedAt: null,
    nics: [],
    consoles: plan?.consoles.map(({ alias, label, via }) => ({ alias, label, interactive: via.kind !== 'log' })) ?? [],
    images: plan?.images.map((image) => ({ ...image })) ?? [],
    diverged: false,
    detachPending: [],
    replugs: [],
    ...part,
    definition,
    liveXml: [part.liveXml, plan?.liveXml].find(isXml) ?? definition,
    uuid,
    phase: 'running',
    qemu: qemu.identity,
    monitor: qemu.monitor,
    // Nothing proves that it is a start cut short: a QEMU that never ran stays as it is.
    startPaused: part.startPaused ?? true,
  };
}
