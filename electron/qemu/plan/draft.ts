import { deviceElements, elementOrder } from '../../../shared/domain/device-kinds.ts';
import type {
  Controller,
  Device,
  DeviceAddress,
  DeviceInfo,
  DeviceKind,
  DeviceLists,
  DeviceOf,
  Domain,
} from '../../../shared/domain/index.ts';
import { TapestryError } from '../../../shared/errors.ts';
import type { QemuCapabilities } from '../capabilities/capabilities.ts';

/** A device while a plan is made: where it sits, its alias and its boot index are filled in as they are decided. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] } & {
  /** Not in the XML: libvirt adds it by itself. */
  implicit?: boolean;
  /** Place in the boot order (from 1) after `<os><boot>` was resolved. */
  bootIndex?: number;
};

/** A controller whose index is known. */
export type DraftController = Omit<Draft<Controller>, 'index' | 'target'> & {
  index: number;
  target?: { -readonly [K in keyof NonNullable<Controller['target']>]: NonNullable<Controller['target']>[K] };
};

/** A kind of device that can be planned: it has a model. */
export type PlannedKind = Exclude<DeviceKind, 'other'>;

/** The draft of a device of one kind. */
export type DraftOf<K extends PlannedKind> = K extends 'controller' ? DraftController : Draft<DeviceOf<K>>;

type DraftItem<D> = D extends { readonly kind: infer K extends PlannedKind } ? DraftOf<K> : never;

/** Drafts of every device of a domain, in libvirt's order. */
export type DraftDevices = {
  -readonly [L in keyof Omit<DeviceLists, 'others'>]: DeviceLists[L] extends readonly (infer D)[]
    ? DraftItem<D>[]
    : DraftItem<DeviceLists[L]>;
};

/** The chipset of an x86 machine type, which decides on buses and built-in controllers. */
export type Chipset = 'i440fx' | 'q35' | 'isapc' | 'microvm';

/** A domain while a plan is made of it. Lives inside one call; nothing of the given {@link Domain} is changed. */
export interface DraftDomain {
  readonly domain: Domain;
  readonly capabilities: QemuCapabilities;
  readonly arch: 'x86_64' | 'i686';
  /** Machine type as it is given to QEMU. */
  readonly machine: string;
  readonly chipset: Chipset;
  readonly devices: DraftDevices;
}

/** Anything that carries an address and an alias. */
export type Placed = { path: string; alias?: string; address?: DeviceAddress; implicit?: boolean; bootIndex?: number } & Pick<
  DeviceInfo,
  'acpiIndex' | 'rom' | 'bootOrder'
>;

/** The drafts of one kind, in their order. */
export function draftsOf<K extends PlannedKind>(d: DraftDevices, kind: K): readonly DraftOf<K>[] {
  const found: unknown = d[deviceElements[kind].list as keyof DraftDevices];
  return (found === undefined ? [] : Array.isArray(found) ? found : [found]) as readonly DraftOf<K>[];
}

/** The kinds that can be planned, in the order in which libvirt writes them. */
export const plannedKinds = elementOrder.filter((name): name is PlannedKind => {
  const { list } = deviceElements[name];
  return list !== undefined && list !== 'others';
});

/** Copies all devices of a domain into drafts; controllers still without their order and numbers. */
export function draftDevices(devices: DeviceLists): Omit<DraftDevices, 'controllers'> {
  const copies = plannedKinds.flatMap((kind) => {
    const { list } = deviceElements[kind];
    const value: Device | readonly Device[] | undefined = devices[list];
    if (value === undefined || kind === 'controller') return [];
    return [[list, 'kind' in value ? { ...value } : value.map((device) => ({ ...device }))]];
  });
  return Object.fromEntries(copies) as Omit<DraftDevices, 'controllers'>;
}

/** Every device of the draft. */
export function allPlaced(d: DraftDevices): Placed[] {
  return plannedKinds.flatMap<Placed>((kind) => draftsOf(d, kind));
}

/** The XML is valid, but this backend can't honour it. */
export function unsupported(path: string, message: string, next?: string): TapestryError {
  return new TapestryError('xml-unsupported', message, {
    path,
    next: next ?? 'Remove the element, or change it to something that is supported.',
  });
}

/** The XML is well-formed, but breaks a rule of libvirt's. */
export function invalid(path: string, message: string, next?: string): TapestryError {
  return new TapestryError('xml-invalid', message, { path, next: next ?? 'Correct the element in the XML.' });
}
