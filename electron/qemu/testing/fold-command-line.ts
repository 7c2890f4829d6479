/** One option of a command line. */
export interface Entry {
  readonly option: string;
  readonly properties: ReadonlyMap<string, string>;
}

/**
 * Folds what libvirts between 9.0 and 11.3 write in another way, or write down though QEMU does the same without it: the
 * machine is the same. Each rule is for both sides of a comparison, so that it doesn't matter who wrote which spelling.
 *
 * @param machineName the full name of a machine type, which libvirt writes in place of an alias when a machine is defined
 */
export function fold(entries: readonly Entry[], machineName: (name: string) => string = (name) => name): Entry[] {
  const acpiOff = entries.some(({ option }) => option === '-no-acpi');
  return foldRawLayers(entries).flatMap((entry) => foldEntry(entry, acpiOff, machineName));
}

const foldEntry = (entry: Entry, acpiOff: boolean, machineName: (name: string) => string): Entry[] => {
  const properties = new Map(entry.properties);
  switch (entry.option) {
    case '-no-acpi':
      return []; // an attribute of the machine since QEMU 8.1
    case '-machine':
      if (acpiOff) properties.set('acpi', 'off');
      else if (properties.get('acpi') === 'on') properties.delete('acpi');
      properties.set('type', machineName(properties.get('type') ?? ''));
      break;
    case '-m':
      for (const key of ['size', 'maxmem']) {
        const value = properties.get(key);
        if (value !== undefined) properties.set(key, kibibytes(value));
      }
      break;
    case '-smp':
      if (properties.get('clusters') === '1') properties.delete('clusters'); // x86 has no clusters; QEMU from 7.0 says so
      break;
    case '-chardev':
    case '-netdev': {
      const seconds = properties.get('reconnect');
      properties.delete('reconnect');
      if (seconds !== undefined) properties.set('reconnect-ms', String(Number(seconds) * 1000));
      break;
    }
    case '-spice':
      if (properties.get('value') === 'unix') {
        properties.delete('value');
        properties.set('unix', 'on');
      }
      break;
    case '-blockdev':
      // Secrets are named after the node that they are given to, which may be a folded one.
      for (const [key, value] of properties)
        if (key.endsWith('key-secret')) properties.set(key, value.replace(/-format(?=-encryption-secret\d+$)/, '-storage'));
      break;
    // The watchdog that every q35 has is an element of its own since libvirt 9.1.
    case '-global':
      if (properties.get('ICH9-LPC.noreboot') === 'off') return [];
      break;
    case '-watchdog-action':
      if (properties.get('value') === 'reset') return []; // what QEMU does by itself
      break;
  }
  return [{ option: entry.option, properties }];
};

/** A size of `-m` in KiB, `K` at its end; a bare number is MiB. */
const kibibytes = (value: string): string => {
  const [, digits, unit] = /^(\d+)([kKmMgG]?)$/.exec(value) ?? [];
  if (digits === undefined) return value;
  const factor = { k: 1, m: 1024, g: 1024 * 1024, '': 1024 }[unit?.toLowerCase() ?? ''] ?? 1;
  return `${Number(digits) * factor}K`;
};

/** A raw format's node that adds nothing is one with the node of its file, as libvirt writes it since 10.0. */
const foldRawLayers = (entries: readonly Entry[]): Entry[] => {
  const layers = new Map<string, Entry>();
  const renamed = new Map<string, string>();
  for (const entry of entries) {
    const { properties } = entry;
    const file = properties.get('file');
    const name = properties.get('node-name');
    if (entry.option !== '-blockdev' || properties.get('driver') !== 'raw' || file === undefined || name === undefined) continue;
    if (properties.has('offset') || properties.has('size')) {
      // A raw image's part is a node of its own, or its format's.
      if (name.endsWith('-format')) renamed.set(name, name.replace(/format$/, 'slice-sto'));
      continue;
    }
    layers.set(file, entry);
    renamed.set(name, file);
  }
  const gone = new Set(layers.values());
  return entries
    .filter((entry) => !gone.has(entry))
    .map((entry) => {
      const name = entry.properties.get('node-name');
      const layer = entry.option === '-blockdev' && name !== undefined ? layers.get(name) : undefined;
      const properties = new Map([...entry.properties].map(([key, value]) => [key, renamed.get(value) ?? value]));
      if (layer !== undefined) {
        properties.delete('auto-read-only');
        properties.delete('discard');
        for (const [key, value] of layer.properties) if (!['driver', 'file', 'node-name'].includes(key)) properties.set(key, value);
      }
      return { option: entry.option, properties };
    });
};
