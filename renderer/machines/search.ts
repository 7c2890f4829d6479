import type { MachineSummary } from '../../shared/contract/machines.ts';

/** Does a machine match what was typed? Every word must be in its name, title, a MAC, what a NIC is plugged into, or the beginning of its UUID. */
export function matchesSearch(machine: Pick<MachineSummary, 'name' | 'title' | 'macs' | 'networks' | 'uuid'>, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const networks = (machine.networks ?? []).map(({ source }) => source ?? '');
  const texts = [machine.name, machine.title ?? '', ...machine.macs, ...networks].map((text) => text.toLowerCase());
  return words.every((word) => texts.some((text) => text.includes(word)) || machine.uuid.startsWith(word));
}
