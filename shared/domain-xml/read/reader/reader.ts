import type { Findings } from './findings.ts';
import { toKiB, unitBytes } from './sizes.ts';
import { childElements, textContent, type XmlElement } from '../../xml/nodes.ts';
import { attributePath, pathOf } from '../../xml/path.ts';

/** Limits of an integer; inclusive. */
export interface IntegerLimits {
  readonly min?: number;
  readonly max?: number;
  /** `0x…` is allowed too (addresses, ids). */
  readonly hex?: boolean;
}

const list = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ');

/**
 * Reads one element: each question claims what it looks at and records what is wrong with it instead of throwing.
 * A wrong value reads as absent.
 */
export class Reader {
  readonly element: XmlElement;
  readonly findings: Findings;

  constructor(element: XmlElement, findings: Findings) {
    this.element = element;
    this.findings = findings;
    findings.claim(element);
  }

  get path(): string {
    return pathOf(this.element);
  }

  get name(): string {
    return this.element.name;
  }

  /** Records an error at this element, or at its attribute. */
  error(message: string, attribute?: string): void {
    this.findings.add('error', attribute === undefined ? this.path : attributePath(this.element, attribute), message);
  }

  warning(message: string, attribute?: string): void {
    this.findings.add('warning', attribute === undefined ? this.path : attributePath(this.element, attribute), message);
  }

  /** Value of an attribute, as it is. */
  attribute(name: string): string | undefined {
    const attribute = this.element.attributes.find((candidate) => candidate.name === name);
    if (attribute !== undefined) this.findings.claim(attribute);
    return attribute?.value;
  }

  /** Like {@link attribute}, with the empty string as absent. */
  filled(name: string): string | undefined {
    return this.attribute(name) || undefined;
  }

  /** An attribute that must be there and not empty; '' and an error otherwise. */
  required(name: string): string {
    const value = this.attribute(name);
    if (value === undefined || value === '') this.error(`<${this.name}> needs the attribute "${name}".`, name);
    return value ?? '';
  }

  /** Claims attributes that mean nothing to us on purpose. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.attribute(name);
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    return this.#word(this.attribute(name), values, name);
  }

  #word<T extends string>(value: string | undefined, values: readonly T[], attribute?: string): T | undefined {
    if (value === undefined) return undefined;
    const found = values.find((candidate) => candidate === value);
    const where = attribute === undefined ? `<${this.name}>` : `"${attribute}" of <${this.name}>`;
    if (found === undefined) this.error(`'${value}' is no value for ${where}; it takes ${list(values)}.`, attribute);
    return found;
  }

  /** As {@link oneOf}, and the attribute must be there. */
  requiredOneOf<T extends string>(name: string, values: readonly T[], fallback: T): T {
    if (this.attribute(name) === undefined) {
      this.error(`<${this.name}> needs the attribute "${name}": ${list(values)}.`, name);
      return fallback;
    }
    return this.oneOf(name, values) ?? fallback;
  }

  yesNo(name: string): boolean | undefined {
    const word = this.oneOf(name, ['yes', 'no']);
    return word === undefined ? undefined : word === 'yes';
  }

  onOff(name: string): boolean | undefined {
    const word = this.oneOf(name, ['on', 'off']);
    return word === undefined ? undefined : word === 'on';
  }

  /** A whole number; the limits default to 0..2^53-1. */
  integer(name: string, limits: IntegerLimits = {}): number | undefined {
    return this.#parseInteger(this.attribute(name), limits, name);
  }

  requiredInteger(name: string, limits: IntegerLimits = {}): number {
    if (this.attribute(name) === undefined) this.error(`<${this.name}> needs the attribute "${name}".`, name);
    return this.integer(name, limits) ?? limits.min ?? 0;
  }

  #parseInteger(
    value: string | undefined,
    { min = 0, max = Number.MAX_SAFE_INTEGER, hex = false }: IntegerLimits,
    attribute?: string,
  ): number | undefined {
    if (value === undefined) return undefined;
    const where = attribute === undefined ? `<${this.name}>` : `"${attribute}" of <${this.name}>`;
    const text = value.trim();
    if (!(/^[+-]?[0-9]+$/.test(text) || (hex && /^0[xX][0-9a-fA-F]+$/.test(text)))) {
      this.error(`'${value}' is not a whole number, as ${where} needs.`, attribute);
      return undefined;
    }
    const number = Number(text);
    if (number < min || number > max || !Number.isSafeInteger(number)) {
      this.error(`${value} is out of range for ${where}: ${min} to ${hex ? `0x${max.toString(16)}` : max}.`, attribute);
      return undefined;
    }
    return number;
  }

  /** A number of up to 64 bits, decimal or `0x…`. */
  wideInteger(name: string): bigint | undefined {
    const value = this.attribute(name);
    if (value === undefined) return undefined;
    if (/^(?:[0-9]+|0[xX][0-9a-fA-F]+)$/.test(value.trim())) {
      const number = BigInt(value.trim());
      if (number < 2n ** 64n) return number;
    }
    this.error(`'${value}' is not a number of at most 64 bits.`, name);
    return undefined;
  }

  uuid(name: string): string | undefined {
    return this.#parseUuid(this.attribute(name), name);
  }

  #parseUuid(value: string | undefined, attribute?: string): string | undefined {
    if (value === undefined) return undefined;
    const uuid = parseUuid(value);
    if (uuid === undefined) this.error(`'${value}' is not a UUID.`, attribute);
    return uuid;
  }

  /** The first child with this name. Further ones stay unclaimed. */
  child(name: string): Reader | undefined {
    const element = this.element.children.find((node): node is XmlElement => node.kind === 'element' && node.name === name);
    return element === undefined ? undefined : new Reader(element, this.findings);
  }

  children(name: string): Reader[] {
    return childElements(this.element, name).map((element) => new Reader(element, this.findings));
  }

  /** An element that means something by being there. */
  has(name: string): boolean {
    return this.child(name) !== undefined;
  }

  /** Claims children with all they hold: kept, never acted on. Say why at the call. */
  inert(...names: readonly string[]): void {
    for (const name of names) for (const element of childElements(this.element, name)) this.findings.claimTree(element);
  }

  /** The element's own text, as it is. */
  rawText(): string {
    this.findings.claimText(this.element);
    return textContent(this.element);
  }

  /** The element's own text without blanks around it; undefined when empty. */
  text(): string | undefined {
    return this.rawText().trim() || undefined;
  }

  /** Text of a child; undefined when the child is missing or empty. */
  childText(name: string): string | undefined {
    return this.child(name)?.text();
  }

  textOneOf<T extends string>(values: readonly T[]): T | undefined {
    return this.#word(this.text(), values);
  }

  textInteger(limits: IntegerLimits = {}): number | undefined {
    return this.#parseInteger(this.text(), limits);
  }

  textUuid(): string | undefined {
    return this.#parseUuid(this.text());
  }

  /** Text as a size with the element's `unit` attribute (or this default); in bytes. */
  textBytes(defaultUnit: string): bigint | undefined {
    const text = this.text();
    if (text === undefined) {
      this.error(`<${this.name}> needs a size.`);
      return undefined;
    }
    return this.#scaled(text, this.attribute('unit') ?? defaultUnit, undefined);
  }

  /** As {@link textBytes} in KiB, rounded up. */
  textKiB(defaultUnit = 'KiB'): number | undefined {
    const bytes = this.textBytes(defaultUnit);
    return bytes === undefined ? undefined : toKiB(bytes);
  }

  /** An attribute as a size with the unit of the attribute `unit`; in bytes. */
  bytes(name: string, defaultUnit: string): bigint | undefined {
    const value = this.attribute(name);
    return value === undefined ? undefined : this.#scaled(value, this.attribute('unit') ?? defaultUnit, name);
  }

  #scaled(value: string, unit: string, attribute: string | undefined): bigint | undefined {
    const factor = unitBytes(unit.trim());
    if (factor === undefined) {
      this.error(`'${unit}' is no unit of size; use b, KiB, MiB, GiB, TiB, or KB, MB, GB, TB.`, 'unit');
      return undefined;
    }
    const bytes = /^[0-9]+$/.test(value.trim()) ? BigInt(value.trim()) * factor : undefined;
    if (bytes === undefined || bytes > 2n ** 64n) {
      this.error(`'${value}' is not a size that a computer can have.`, attribute);
      return undefined;
    }
    return bytes;
  }
}

/**
 * A UUID in lower case with dashes, from any spelling libvirt takes: 32 hexadecimal digits, either case, with dashes
 * between any pairs and blanks around. Undefined for anything else.
 */
export function parseUuid(text: string): string | undefined {
  if (!/^\s*[0-9a-fA-F]{2}(?:-?[0-9a-fA-F]{2}){15}\s*$/.test(text)) return undefined;
  const digits = text.replaceAll(/[-\s]/g, '').toLowerCase();
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join('-');
}
