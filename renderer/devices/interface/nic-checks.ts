import { isReservedTapName, parseMac, tapNameFault } from '../../../shared/domain-xml/index.ts';
import { refOf, sameMachine } from '../../../shared/contract/machine-key.ts';
import type { MachineRef } from '../../../shared/contract/references.ts';
import { childElements, firstChild } from '../../../shared/domain-xml/xml/nodes.ts';
import { wholeNumber, type FormContext } from '../../forms/field-spec.ts';
import { nicTitle } from '../../nics/nic-words.ts';
import { readPlace } from '../../xml/edits.ts';
import { typeOf } from '../../nic-live/nic-model.ts';

/** Who has a MAC address already. */
export interface MacOwner {
  readonly name: string;
  /** Another machine; absent for another NIC of this one. */
  readonly machine?: MachineRef;
  readonly nic?: string;
}

/** Who else has this address: another NIC of the definition, then another machine. Spellings don't matter. */
export function macOwner(text: string, context: Pick<FormContext, 'document' | 'element' | 'machine' | 'machines'>): MacOwner | undefined {
  const parsed = parseMac(text);
  if (!('mac' in parsed)) return undefined;
  const same = (other: string | undefined) => {
    const own = other === undefined ? undefined : parseMac(other);
    return own !== undefined && 'mac' in own && own.mac === parsed.mac;
  };
  const devices = firstChild(context.document.root, 'devices');
  const twin = (devices ? childElements(devices, 'interface') : []).find(
    (one) => one !== context.element && same(readPlace(one, 'mac/@address')),
  );
  if (twin) return { name: context.machine.name, nic: nicTitle(twin) };
  const other = context.machines.find((machine) => !sameMachine(machine, context.machine) && machine.macs.some(same));
  return other && { name: other.name, machine: refOf(other) };
}

/** What is wrong with a MAC address, one sentence. */
export function macFault(text: string, context: FormContext): string | undefined {
  if (text === '') return undefined;
  const parsed = parseMac(text);
  if ('fault' in parsed) {
    return parsed.fault === 'multicast'
      ? 'A multicast address: the second digit must be even.'
      : 'Six groups of two hexadecimal digits with colons, as 52:54:00:12:34:56.';
  }
  if (parsed.mac === '00:00:00:00:00:00') return 'All zeros is no address that a NIC can use.';
  const owner = macOwner(text, context);
  if (!owner) return undefined;
  return owner.machine === undefined
    ? `This machine’s ${owner.nic ?? 'other NIC'} has this address.`
    : `${owner.name} has this address already.`;
}

/** Note on an address that may be used but is unusual. */
export function macNote(text: string): string | undefined {
  const parsed = parseMac(text);
  if (!('mac' in parsed)) return undefined;
  if (parsed.mac.startsWith('fe:')) return 'It begins with fe: the TAP on this computer gets fa instead, since fe is for TAPs.';
  if (parsed.mac.startsWith('52:54:00')) return undefined;
  return (Number.parseInt(parsed.mac.slice(0, 2), 16) & 2) === 0 ? 'A maker’s prefix: a real card may have this address.' : undefined;
}

/** Lowest and highest MTU that a TAP takes, bytes (drivers/net/tun.c). */
const mtuRange = { least: 68, most: 65521 } as const;

/** What is wrong with an MTU. */
export function mtuFault(text: string): string | undefined {
  if (text === '') return undefined;
  const value = Number(text);
  return /^\d+$/.test(text) && value >= mtuRange.least && value <= mtuRange.most
    ? undefined
    : `${String(mtuRange.least)} to ${String(mtuRange.most)}. Leave it empty to take the bridge’s.`;
}

/** The bridge that the form names, as the host knows it. */
export function bridgeOf(context: FormContext) {
  const name = typeOf(context.element) === 'bridge' ? readPlace(context.element, 'source/@bridge') : undefined;
  return context.interfaces?.find((one) => one.name === name && one.kind === 'bridge');
}

/** A warning when the MTU doesn't go with the bridge's. */
export function mtuWarning(text: string, context: FormContext): string | undefined {
  const bridge = bridgeOf(context);
  const value = Number(text);
  if (text === '' || !bridge || mtuFault(text) !== undefined || value === bridge.mtu) return undefined;
  return value > bridge.mtu
    ? `${bridge.name} has ${String(bridge.mtu)}: larger frames are dropped there.`
    : `${bridge.name} has ${String(bridge.mtu)}; a TAP with less lowers it for the whole bridge, unless the bridge’s MTU is set by hand.`;
}

/** Another device of the definition that says the same at a place: `disk vda`, `interface LAN br0`. Pure. */
function twinAt({ document, element }: Pick<FormContext, 'document' | 'element'>, place: string, value: string): string | undefined {
  const devices = firstChild(document.root, 'devices');
  const twin = (devices ? childElements(devices) : []).find((one) => one !== element && readPlace(one, place) === value);
  if (!twin) return undefined;
  if (twin.name === 'interface') return `the NIC ${nicTitle(twin)}`;
  const target = readPlace(twin, 'target/@dev');
  return `the ${twin.name}${target === undefined ? '' : ` ${target}`}`;
}

/** What is wrong with a place in the boot order: it is a whole number, once in a machine, and goes without `<os><boot>`. */
export function bootFault(text: string, context: FormContext): string | undefined {
  const fault = wholeNumber(1, 999, 'The boot order', true)(text);
  if (fault !== undefined || text === '') return fault;
  const twin = twinAt(context, 'boot/@order', text);
  if (twin !== undefined) return `It is the place of ${twin} already.`;
  return readPlace(context.document.root, 'os/boot') === undefined
    ? undefined
    : 'The machine has <os><boot> too, and only one of them can be. Boot, in the list, puts all devices in one order.';
}

/** What is wrong with an ACPI index: 1 to 16383, once in a machine. */
export function acpiFault(text: string, context: FormContext): string | undefined {
  const fault = wholeNumber(1, 16_383, 'The index', true)(text);
  const twin = fault === undefined && text !== '' ? twinAt(context, 'acpi/@index', text) : undefined;
  return fault ?? (twin === undefined ? undefined : `It is the index of ${twin} already.`);
}

/** What is wrong with an alias: a user's own begins with `ua-`, and is there once. */
export function aliasFault(text: string, context: FormContext): string | undefined {
  if (text === '') return undefined;
  if (!/^ua-[A-Za-z0-9_-]+$/.test(text)) return 'An alias of your own begins with ua-, then letters, digits, - and _.';
  const twin = twinAt(context, 'alias/@name', text);
  return twin === undefined ? undefined : `It is the alias of ${twin} already.`;
}

/** What is wrong with a limit's average: a peak, a burst or a floor is nothing without it. `place` is of the direction. */
export function averageFault(text: string, context: FormContext, place: string): string | undefined {
  const fault = wholeNumber(1, 4_194_303, 'The limit', true)(text);
  if (fault !== undefined || text !== '') return fault;
  const rest = ['peak', 'burst'].filter((name) => readPlace(context.element, `${place}/@${name}`) !== undefined);
  return rest.length === 0 ? undefined : `The ${rest.join(' and the ')} below ${rest.length === 1 ? 'needs' : 'need'} a limit.`;
}

/** What is wrong with VLAN tags: numbers of 0 to 4095, each once. */
export function vlanFault(text: string): string | undefined {
  if (text === '') return undefined;
  const tags = text.split(/[\s,]+/).filter((tag) => tag !== '');
  if (tags.length === 0 || tags.some((tag) => !/^\d+$/.test(tag) || Number(tag) > 4095))
    return 'Tags are numbers of 0 to 4095, as 10 or 10,20.';
  return new Set(tags.map(Number)).size < tags.length ? 'Each tag stands once.' : undefined;
}

/** What is wrong with a name for the TAP. */
export function tapFault(text: string, context: FormContext): string | undefined {
  if (text === '') return readPlace(context.element, 'target/@managed') === 'no' ? 'Your own TAP must be named.' : undefined;
  const fault = tapNameFault(text);
  const twin = fault === undefined && !isReservedTapName(text) ? twinAt(context, 'target/@dev', text) : undefined;
  return fault ?? (twin === undefined ? undefined : `It is the name of ${twin} already.`);
}

/** An interface of the host that has the TAP's name, unless this machine runs with it. */
export function tapInTheWay(text: string, context: FormContext) {
  if (text === '' || (context.live && readPlace(context.live, 'target/@dev') === text)) return undefined;
  return context.interfaces?.find((one) => one.name === text);
}

/** A note on a TAP name that a start would not use. */
export function tapNote(text: string, context: FormContext): string | undefined {
  return isReservedTapName(text) && readPlace(context.element, 'target/@managed') !== 'no'
    ? 'Names like this are given by starts: libvirt and Tapestry take it as “choose one”.'
    : undefined;
}

/** KiB/s (1024 bytes) of the XML in the bits that networks are spoken of: `100 Mbit/s`. */
export function bitRate(kilobytes: number): string {
  const bits = kilobytes * 1024 * 8;
  const [unit, size] = bits >= 1e9 ? (['Gbit/s', 1e9] as const) : bits >= 1e6 ? (['Mbit/s', 1e6] as const) : (['kbit/s', 1e3] as const);
  return `${Number((bits / size).toPrecision(3)).toString()} ${unit}`;
}
