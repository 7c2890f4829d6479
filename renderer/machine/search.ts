import type { MachineSummary } from '../../shared/contract/machines.ts';

type Searched = Pick<MachineSummary, 'name' | 'title' | 'description' | 'macs' | 'networks' | 'uuid'>;

/** The words that were typed. Pure. */
const searchWords = (search: string): readonly string[] => search.toLowerCase().split(/\s+/).filter(Boolean);

/** Could one of the words be (a part of) an address? Addresses are asked for only then. Pure. */
export function asksForAddress(search: string): boolean {
  return searchWords(search).some((word) => /^[\d.]*\d[\d.]*$/.test(word) || /^[\da-f]*:[\da-f:]*$/.test(word));
}

/**
 * Does a machine match what was typed? Every word must be in its name, title, notes, a MAC, an address, what a NIC is plugged into, or the
 * beginning of its UUID.
 * @param addresses those that were seen of it
 */
export function matchesSearch(machine: Searched, search: string, addresses: readonly string[] = []): boolean {
  const words = searchWords(search);
  if (words.length === 0) return true;
  const networks = (machine.networks ?? []).map(({ source }) => source ?? '');
  const texts = [machine.name, machine.title ?? '', machine.description ?? '', ...machine.macs, ...networks, ...addresses].map((text) =>
    text.toLowerCase(),
  );
  return words.every((word) => texts.some((text) => text.includes(word)) || machine.uuid.startsWith(word));
}
