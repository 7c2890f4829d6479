import { isDescriptorList, type DescriptorList, type OptionProps, type OptionValue } from '../plan/planned-option.ts';

export type { OptionProps, OptionValue } from '../plan/planned-option.ts';

/** A plan's first descriptor is QEMU's third, behind its standard streams. */
const firstDescriptor = 3;

const numbersOf = ({ descriptors }: DescriptorList): string => descriptors.map((place) => firstDescriptor + place).join(':');

/** Writes properties as the JSON object that `-device`, `-netdev`, `-blockdev`, `-object` and `-audiodev` take. */
export function json(value: OptionValue): string {
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isDescriptorList(value)) return JSON.stringify(numbersOf(value));
  if (Array.isArray(value)) return `[${value.map((v: OptionValue) => json(v)).join(',')}]`;
  const pairs: string[] = [];
  for (const [key, inner] of Object.entries(value)) if (inner !== undefined) pairs.push(`${JSON.stringify(key)}:${json(inner)}`);
  return `{${pairs.join(',')}}`;
}

/** Doubles the commas of a value, since a single one ends it (qemu(1), "commas in values"). */
export function escapeCommas(text: string): string {
  return text.replaceAll(',', ',,');
}

/**
 * Writes properties as `key=value` pairs: booleans as on/off, nested objects with dots, commas doubled.
 * A list of strings repeats its key, as `-netdev user` has it for `hostfwd`.
 *
 * @param implied the key whose value stands first and bare (`driver` of `-device`)
 */
export function keyValue(props: OptionProps, implied?: string): string {
  const parts: string[] = [];
  const walk = (prefix: string, value: OptionValue | undefined) => {
    if (value === undefined || value === null) return;
    if (Array.isArray(value)) {
      for (const item of value as readonly OptionValue[]) walk(prefix, isStringItem(item) ? item.str : item);
    } else if (isDescriptorList(value)) {
      walk(prefix, numbersOf(value));
    } else if (typeof value === 'object') {
      for (const [key, inner] of Object.entries(value)) walk(prefix === '' ? key : `${prefix}.${key}`, inner);
    } else {
      const text = typeof value === 'boolean' ? (value ? 'on' : 'off') : escapeCommas(String(value));
      if (prefix === implied) parts.unshift(text);
      else parts.push(`${prefix}=${text}`);
    }
  };
  walk('', props);
  return parts.join(',');
}

/** QAPI's `String` type, a struct with the one member `str`, which the old spelling writes bare. */
const isStringItem = (item: OptionValue): item is { readonly str: string } =>
  typeof item === 'object' && item !== null && !Array.isArray(item) && 'str' in item && Object.keys(item).length === 1;

/** Joins ready-made `key=value` parts; undefined ones are left out. */
export function join(...parts: readonly (string | undefined)[]): string {
  return parts.filter((p) => p !== undefined).join(',');
}

/**
 * `key=value` with the commas of the value doubled; undefined where there is none. Whatever the XML says gets into the text of an option by
 * this way, or by {@link keyValue}.
 */
export function pair(key: string, value: string | number | undefined): string | undefined {
  return value === undefined ? undefined : `${key}=${escapeCommas(String(value))}`;
}

/** Spells on or off, or undefined for "not said". */
export function onOff(value: boolean | undefined): 'on' | 'off' | undefined {
  return value === undefined ? undefined : value ? 'on' : 'off';
}

/** `key=on`, `key=off`, or undefined. */
export function flag(key: string, value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : `${key}=${value ? 'on' : 'off'}`;
}
