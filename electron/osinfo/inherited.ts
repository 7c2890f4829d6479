import type { Amounts, OsEntry } from './os-entry.types.ts';

/** Finds a system by its id. */
export type FindOs = (id: string) => OsEntry | undefined;

/** A system, those that it derives from and those that it clones, and theirs; each once, the nearest first (libosinfo, osinfo_product_foreach_related). */
export function relatedOf(system: OsEntry, find: FindOs): readonly OsEntry[] {
  const found = new Map<string, OsEntry>([[system.id, system]]);
  // A map goes through what is added to it meanwhile, and a circle adds nothing.
  for (const one of found.values())
    for (const id of [...one.derivesFrom, ...one.clones]) {
      const parent = found.has(id) ? undefined : find(id);
      if (parent !== undefined) found.set(id, parent);
    }
  return [...found.values()];
}

/**
 * Devices that a system has drivers for: its own and those of its relatives, but for what any of them says it hasn't (osinfo_os_get_all_devices).
 * undefined where nothing is said of any: then nothing is known.
 */
export function devicesOf(related: readonly OsEntry[]): ReadonlySet<string> | undefined {
  const all = related.flatMap(({ devices }) => devices);
  if (all.length === 0) return undefined;
  const missing = new Set(all.flatMap(({ id, supported }) => (supported ? [] : [id])));
  return new Set(all.flatMap(({ id }) => (missing.has(id) ? [] : [id])));
}

/** Does a system start with this firmware? The nearest relative that says so counts; null where none says anything. */
export function firmwareOf(related: readonly OsEntry[], type: 'bios' | 'efi', arch: string): boolean | null {
  for (const { firmware } of related) {
    const said = firmware.filter((one) => one.type === type && (one.arch === arch || one.arch === 'all'));
    if (said.length > 0) return said.every(({ supported }) => supported);
  }
  return null;
}

/**
 * What a system needs on a processor. What is said of the processor comes before what is said of all; only what is marked so is taken from
 * relatives (`inherit`; osinfo_os_get_minimum_resources).
 */
export function resourcesOf(related: readonly OsEntry[], kind: 'minimum' | 'recommended', arch: string): Amounts {
  let amounts: Amounts = {};
  for (const { resources } of related) {
    const here = [...resources.filter((one) => one.arch === arch), ...resources.filter((one) => one.arch === 'all')];
    for (const one of here) amounts = { ...one[kind], ...amounts };
    if (here.length > 0 && !here.some(({ inherit }) => inherit)) break;
    if (here.length === 0) break;
  }
  return amounts;
}
