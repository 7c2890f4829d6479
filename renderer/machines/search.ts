import type { MachineSummary } from '../../shared/contract/machines.ts';

/** Does a machine match what was typed? Every word must be in its name, title, a MAC, or the beginning of its UUID. */
export function matchesSearch(machine: Pick<MachineSummary, 'name' | 'title' | 'macs' | 'uuid'>, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const texts = [machine.name, machine.title ?? '', ...machine.macs].map((text) => text.toLowerCase());
  return words.every((word) => texts.some((text) => text.includes(word)) || machine.uuid.startsWith(word));
}
