const powers: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4, p: 5, e: 6 };

/**
 * Bytes of one unit as libvirt spells them, upper and lower case alike: `b`/`bytes`; `KB`, `MB`, … are powers of 1000;
 * `k`/`KiB`, `M`/`MiB`, … powers of 1024. Undefined for anything else (formatdomain, "Memory Allocation").
 */
export function unitBytes(unit: string): bigint | undefined {
  const lower = unit.toLowerCase();
  if (lower === 'b' || lower === 'byte' || lower === 'bytes') return 1n;
  const match = /^([kmgtpe])(b|ib)?$/.exec(lower);
  if (match === null) return undefined;
  return (match[2] === 'b' ? 1000n : 1024n) ** BigInt(powers[match[1] ?? ''] ?? 0);
}

/** Bytes rounded up to whole KiB. */
export function toKiB(bytes: bigint): number {
  return Number((bytes + 1023n) / 1024n);
}
