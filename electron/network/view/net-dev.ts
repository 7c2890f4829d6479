import { readFile } from 'node:fs/promises';

/** The host's counters of one interface. */
export interface NetCounters {
  readonly rxBytes: number;
  readonly rxPackets: number;
  readonly rxErrors: number;
  readonly rxDropped: number;
  readonly txBytes: number;
  readonly txPackets: number;
  readonly txErrors: number;
  readonly txDropped: number;
}

/** /proc/net/dev (proc(5)): two lines of heads, then name, colon, eight numbers received and eight sent. Pure. */
export function readNetDev(text: string): ReadonlyMap<string, NetCounters> {
  return new Map(
    text
      .split('\n')
      .slice(2)
      .flatMap((line): [string, NetCounters][] => {
        const colon = line.lastIndexOf(':');
        if (colon < 0) return [];
        const values = line
          .slice(colon + 1)
          .trim()
          .split(/\s+/)
          .map(Number);
        const [rxBytes = 0, rxPackets = 0, rxErrors = 0, rxDropped = 0] = values;
        const [txBytes = 0, txPackets = 0, txErrors = 0, txDropped = 0] = values.slice(8);
        return [[line.slice(0, colon).trim(), { rxBytes, rxPackets, rxErrors, rxDropped, txBytes, txPackets, txErrors, txDropped }]];
      }),
  );
}

/** The interfaces of this process's network namespace, with their counters. /sys may be another namespace's. */
export async function netDevHere(): Promise<ReadonlyMap<string, NetCounters>> {
  return readNetDev(await readFile('/proc/self/net/dev', 'utf8'));
}
