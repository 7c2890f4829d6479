import { sh } from './tools.ts';

const units: Readonly<Record<string, number>> = { bit: 1, Kbit: 1000, Mbit: 1_000_000, Gbit: 1_000_000_000 };

const bytes = (words: string, key: string): number | null => {
  const match = new RegExp(`${key} (\\d+)([KMG]?bit)`).exec(words);
  return match === null ? null : (Number(match[1]) * (units[match[2] ?? ''] ?? 0)) / 8;
};

/** What `tc` tells of an interface's limits, bytes/s. */
export async function bandwidthOf(name: string): Promise<{ rate: number | null; ceil: number | null; police: boolean }> {
  const words = await sh('tc', 'class', 'show', 'dev', name);
  const filters = await sh('tc', 'filter', 'show', 'dev', name, 'parent', 'ffff:').catch(() => '');
  return { rate: bytes(words, 'rate'), ceil: bytes(words, 'ceil'), police: filters.includes('police') };
}
