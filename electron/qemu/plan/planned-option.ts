/** Descriptors of a plan, by their places in it (0-based). Written as their numbers in QEMU, `:` between several. */
export interface DescriptorList {
  readonly descriptors: readonly number[];
}

/** Value of a QEMU option: what QAPI takes. A bigint is written with all its digits (a WWN doesn't fit a number). */
export type OptionValue =
  string | number | bigint | boolean | null | DescriptorList | readonly OptionValue[] | { readonly [key: string]: OptionValue | undefined };

/** Properties of one option in the order they are written; undefined ones are left out. */
export type OptionProps = { readonly [key: string]: OptionValue | undefined };

/** Options that are planned as properties; every other is planned as text, or has no value. */
export type PropsOption = 'add-fd' | 'blockdev' | 'chardev' | 'device' | 'netdev' | 'object' | 'tpmdev';

/** One option of a command line; `of`: alias of the device that it is there for. */
export type PlannedOption =
  | { readonly option: PropsOption; readonly props: OptionProps; readonly of?: string }
  | { readonly option: string; readonly text?: string; readonly of?: string }
  /** Words that the user put there (`<qemu:commandline>`), as they are. */
  | { readonly words: readonly string[] };

/** How a QEMU takes options that newer versions take as JSON, and older ones as `key=value`. */
export type OptionSpelling = Readonly<Record<'device' | 'netdev' | 'object', 'json' | 'key=value'>>;

/** Is the value the place of descriptors? No option of QEMU's has a property of this name. */
export function isDescriptorList(value: OptionValue | undefined): value is DescriptorList {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && 'descriptors' in value;
}

/** The properties of each option with this name, in order. @param of only those of the device with this alias */
export function propsOf(options: readonly PlannedOption[], name: PropsOption, of?: string): readonly OptionProps[] {
  return options.flatMap((one) => ('props' in one && one.option === name && (of === undefined || one.of === of) ? [one.props] : []));
}

/** A property that is a word, like `driver`, `id` and `bus` of a device; empty where the option hasn't it. */
export function wordOf(props: OptionProps, name: string): string {
  const value = props[name];
  return typeof value === 'string' ? value : '';
}
