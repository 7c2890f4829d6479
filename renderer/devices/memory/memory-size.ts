/** Factors of the units that libvirt knows for memory (formatdomain, "Memory Allocation"), in bytes. */
const units: Readonly<Record<string, number>> = {
  b: 1,
  bytes: 1,
  kb: 1000,
  k: 1024,
  kib: 1024,
  mb: 1e6,
  m: 1024 ** 2,
  mib: 1024 ** 2,
  gb: 1e9,
  g: 1024 ** 3,
  gib: 1024 ** 3,
  tb: 1e12,
  t: 1024 ** 4,
  tib: 1024 ** 4,
};

/** A number with its unit as KiB, rounded up; undefined when it isn't one. Without a unit it is KiB. */
export function memoryKiB(text: string, unit: string | undefined): number | undefined {
  const factor = units[(unit ?? 'KiB').toLowerCase()];
  if (factor === undefined || !/^\d+$/.test(text.trim())) return undefined;
  return Math.ceil((Number(text) * factor) / 1024);
}

/** KiB as MiB for a field: `512`, `1.5`. */
export function mibText(kib: number): string {
  return String(Math.round((kib / 1024) * 1000) / 1000);
}
