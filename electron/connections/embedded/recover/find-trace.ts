import { basename, dirname, join } from 'node:path';
import { parseXml } from '../../../../shared/domain-xml/index.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import type { FoundQemu } from '../../../processes/find-qemu.ts';
import { chooseQemu, type OurQemus } from './find-runs.ts';
import { machinePaths } from '../ports/machine-paths.ts';
import type { EmbeddedDirectories, MachinePaths } from '../ports/ports.ts';
import { readRuntimeRecord, type RecordReading, type RuntimeRecord } from '../run/runtime-record.ts';

/** What was found of one machine's run, before anything is done about it. */
export interface Trace {
  readonly uuid: string;
  readonly paths: MachinePaths;
  readonly reading: RecordReading;
  /** Its process; undefined where none was found. */
  readonly qemu: FoundQemu | undefined;
}

/** What can be read of a record. */
export function partOf(reading: RecordReading): Partial<RuntimeRecord> {
  if (reading.kind === 'read') return reading.record;
  return reading.kind === 'damaged' ? reading.part : {};
}

/**
 * Puts together what is there of a machine's run. Never throws.
 *
 * @param former directories of its run that an earlier version made elsewhere
 */
export async function findTrace(
  uuid: string,
  former: readonly string[],
  qemus: OurQemus,
  directories: EmbeddedDirectories,
): Promise<Trace> {
  const own = machinePaths(directories, uuid);
  let reading = await readRuntimeRecord(own.record);
  let runtime: string | undefined;
  for (const directory of former) {
    if (reading.kind !== 'absent') break;
    const found = await readRuntimeRecord(join(directory, 'record.json'));
    // Several states may have shared it: what is another's is left alone.
    if (found.kind === 'absent' || (partOf(found).log !== own.log && qemus.of(uuid).length === 0)) continue;
    reading = found;
    runtime = directory;
  }
  const qemu = chooseQemu(qemus.of(uuid), partOf(reading).qemu);
  // The sockets of a run are where its monitor is; a record's word for it counts only where we may have put them.
  const beside = dirname(qemu?.monitor ?? partOf(reading).monitor ?? '');
  const ours = [directories.sockets, ...(directories.formerSockets ?? [])].includes(dirname(beside));
  if (basename(beside) === uuid && (qemu !== undefined || ours)) runtime = beside;
  return { uuid, paths: machinePaths(directories, uuid, runtime), reading: sound(reading), qemu };
}

/** A record whose live XML can't be parsed is a damaged one. */
const sound = (reading: RecordReading): RecordReading => {
  if (reading.kind !== 'read') return reading;
  try {
    parseXml(reading.record.liveXml);
    return reading;
  } catch (error) {
    if (!(error instanceof TapestryError)) throw error;
    const { liveXml: _damaged, ...part } = reading.record;
    return { kind: 'damaged', part, error };
  }
};
