import { fold, type Entry } from './fold-command-line.ts';

/** Parts of a command line that are compared by themselves. */
export const classes = ['nic', 'serial', 'disk', 'rest'] as const;
export type CommandLineClass = (typeof classes)[number];

/** What one of two command lines has and the other hasn't, each option in a canonical spelling. */
export interface Comparison {
  readonly equal: boolean;
  /** Of the expected one alone. */
  readonly missing: readonly string[];
  /** Of the actual one alone. */
  readonly extra: readonly string[];
}

/** Options that describe the plumbing of whoever starts QEMU, never the guest. */
const plumbing = new Set([
  '-S', '-name', '-no-user-config', '-nodefaults', '-nodefconfig', '-display', '-mon', '-sandbox', '-msg', '-no-shutdown',
  '-pidfile', '-daemonize', '-D', '-runas',
]); // prettier-ignore

/** The key that a bare first word of an option stands for. */
const impliedKeys: Readonly<Record<string, string>> = {
  '-device': 'driver', '-netdev': 'type', '-chardev': 'backend', '-machine': 'type', '-object': 'qom-type', '-cpu': 'model', '-m': 'size',
  '-smp': 'cpus', '-accel': 'accel', '-vnc': 'display', '-audiodev': 'driver', '-blockdev': 'driver',
}; // prettier-ignore

const nicDrivers = /^(virtio-net|e1000|rtl8139|ne2k|pcnet|i8255|vmxnet|usb-net|igb|lan9118|smc91c111|spapr-vlan|tulip|sungem)/;
const serialDrivers = /^(isa-serial|pci-serial|usb-serial|virtserialport|virtconsole|spapr-vty|sclp|virtio-serial|isa-debugcon)/;
const diskDrivers = /^(virtio-blk|scsi-|ide-|floppy|isa-fdc|usb-storage|nvme|virtio-scsi|lsi|megasas|mptsas|pvscsi|ahci|sd-card)/;

/**
 * Splits a command line as a POSIX shell does: quotes and backslashes, no expansion.
 *
 * @throws Error where a quote isn't closed
 */
export function shellWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (quote === "'") {
      if (c === "'") quote = undefined;
      else word = (word ?? '') + c;
    } else if (c === '\\' && (quote === undefined || '"\\$`\n'.includes(text.charAt(i + 1)))) {
      i++;
      if (text.charAt(i) !== '\n') word = (word ?? '') + text.charAt(i);
    } else if (quote === '"') {
      if (c === '"') quote = undefined;
      else word = (word ?? '') + c;
    } else if (c === '"' || c === "'") {
      quote = c;
      word ??= '';
    } else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + c;
  }
  if (quote !== undefined) throw new Error(`unterminated ${quote} quote`);
  if (word !== undefined) words.push(word);
  return words;
}

const flatten = (value: unknown, prefix: string, out: Map<string, string>): void => {
  if (value !== null && typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) flatten(inner, prefix === '' ? key : `${prefix}.${key}`, out);
  } else out.set(prefix, String(value));
};

/** Takes out of a value what only names who generated it: prefixes of node names, runtime directories. */
const neutral = (value: string): string =>
  value
    .replace(/^[a-z]+-(\d+)-(storage|format|slice-sto|slice-fmt)$/, 'node-$1-$2')
    .replace(/^.*\/(?:domain--?\d+-[^/]+|tapestry\/[^/]+(?:\/[^/]+)*)\//, 'RUNTIME/');

const spelled = (key: string, value: string): string => {
  if (/(^|\.)(vhost)?fds?$/.test(key)) return value.replaceAll(/[^:]+/g, 'N');
  if (value === 'yes' || value === 'true') return 'on';
  if (value === 'no' || value === 'false') return 'off';
  return /^0x[0-9a-f]+$/i.test(value) ? String(Number(value)) : neutral(value);
};

const propertiesOf = (option: string, text: string): Map<string, string> => {
  const out = new Map<string, string>();
  if (text.startsWith('{')) flatten(JSON.parse(text), '', out);
  else {
    const parts = text
      .replaceAll(',,', '\0')
      .split(',')
      .map((part) => part.replaceAll('\0', ','));
    for (const [i, part] of parts.entries()) {
      const equals = part.indexOf('=');
      if (equals > 0) out.set(part.slice(0, equals), part.slice(equals + 1));
      else if (i === 0) out.set(impliedKeys[option] ?? 'value', part);
      else out.set(part, 'on');
    }
  }
  return new Map([...out].map(([key, value]) => [key, spelled(key, value)]));
};

/** The options of a command line with their keys and values; plumbing is left out. Words `NAME=value` before the emulator are the environment. */
const entriesOf = (text: string): Entry[] => {
  const words = shellWords(text);
  const emulator = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
  const entries: Entry[] = [];
  for (let i = emulator + 1; emulator >= 0 && i < words.length; i++) {
    const option = (words[i] ?? '').replace(/^--/, '-');
    const next = words[i + 1];
    const value = next === undefined || (next.startsWith('-') && !/^-\d/.test(next)) ? undefined : next;
    if (value !== undefined) i++;
    if (plumbing.has(option)) continue;
    const properties = value === undefined ? new Map<string, string>() : propertiesOf(option, value);
    if (properties.get('id') === 'charmonitor' || properties.get('qom-type') === 'secret') continue;
    entries.push({ option, properties });
  }
  return entries;
};

const canonical = ({ option, properties }: Entry): string =>
  [option, ...[...properties].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${value}`)].join(' ');

const classOf = ({ option, properties }: Entry): CommandLineClass => {
  const driver = properties.get('driver') ?? '';
  if (option === '-netdev' || (option === '-device' && nicDrivers.test(driver))) return 'nic';
  if (option === '-chardev' || (option === '-device' && serialDrivers.test(driver))) return 'serial';
  if (option === '-blockdev' || option === '-drive' || (option === '-device' && diskDrivers.test(driver))) return 'disk';
  return 'rest';
};

/**
 * Compares two command lines, shell-quoted, as sets of options with keys and values: their order, the spelling as JSON or
 * `key=value`, numbers of descriptors, prefixes of node names and runtime directories don't count.
 *
 * @param only the part that is compared; everything where absent
 * @param machineName given where spellings of libvirts since 9.0 don't count either (fold-command-line.ts)
 */
export function compareCommandLines(
  expected: string,
  actual: string,
  only?: CommandLineClass,
  machineName?: (name: string) => string,
): Comparison {
  const keysOf = (text: string): string[] => {
    const entries = entriesOf(text);
    return (machineName === undefined ? entries : fold(entries, machineName))
      .filter((entry) => only === undefined || classOf(entry) === only)
      .map(canonical);
  };
  const extra = keysOf(actual);
  const missing = keysOf(expected).filter((key) => {
    const at = extra.indexOf(key);
    if (at >= 0) extra.splice(at, 1);
    return at < 0;
  });
  return { equal: missing.length === 0 && extra.length === 0, missing, extra };
}
