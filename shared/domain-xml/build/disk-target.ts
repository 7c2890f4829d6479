/** Letters with which the targets of a bus begin (libvirt: formatdomain, "Hard drives", target). */
export function targetPrefix(bus: string): string {
  return { virtio: 'vd', ide: 'hd', fdc: 'fd', xen: 'xvd' }[bus] ?? 'sd';
}

/** `a` … `z`, `aa` …: the letters of the nth disk (from 0). */
export function diskLetters(index: number): string {
  return index < 26 ? String.fromCharCode(97 + index) : diskLetters(Math.floor(index / 26) - 1) + diskLetters(index % 26);
}

/** The first target name on a bus that is not taken: `vda`, `sdb`. */
export function freeTarget(taken: Iterable<string>, bus: string): string {
  const names = new Set(taken);
  for (let index = 0; ; index += 1) {
    const name = targetPrefix(bus) + diskLetters(index);
    if (!names.has(name)) return name;
  }
}
