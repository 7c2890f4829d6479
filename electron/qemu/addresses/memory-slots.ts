import { invalid, type DraftDomain } from '../plan/draft.ts';

/**
 * Gives every memory device a slot (formatdomain "Memory devices").
 *
 * @throws TapestryError `xml-invalid` when there are more devices than slots, or a slot is used twice.
 */
export function assignMemorySlots(draft: DraftDomain): void {
  const devices = draft.devices.memories.filter((device) => device.model === 'dimm' || device.model === 'nvdimm');
  const slots = draft.domain.memory.max?.slots ?? 0;
  const used = new Set<number>();
  for (const device of devices) {
    const slot = device.address?.type === 'dimm' ? device.address.slot : undefined;
    if (slot === undefined) continue;
    if (slot >= slots || used.has(slot))
      throw invalid(`${device.path}/address/@slot`, `Memory slot ${slot} doesn't exist, or is used twice.`);
    used.add(slot);
  }
  for (const device of devices) {
    if (device.address?.type === 'dimm' && device.address.slot !== undefined) continue;
    let slot = 0;
    while (used.has(slot)) slot++;
    if (slot >= slots) throw invalid(device.path, `There is no free memory slot: <maxMemory> has ${slots}.`);
    used.add(slot);
    device.address = { ...(device.address?.type === 'dimm' ? device.address : {}), type: 'dimm', slot };
  }
}
