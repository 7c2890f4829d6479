import { allDevices } from '../../../shared/domain-xml/index.ts';
import type { Devices, Domain } from '../../../shared/domain/index.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { findMachine, type QemuCapabilities } from '../capabilities/capabilities.ts';
import type { DraftDomain } from '../plan/draft.ts';
import type { Refusals } from '../plan/refusals.ts';
import { maxDevices, prepareDomain, type Preparation } from './index.ts';

/** How often a domain is looked at again without what was refused: so many places of devices are told at once. */
const maxRounds = 24;

/** The devices as `change` leaves each list; it gets elements with a path. */
const mapDevices = (devices: Devices, change: (device: { readonly path: string }) => unknown): Devices =>
  Object.fromEntries(
    Object.entries(devices).flatMap(([name, value]: [string, unknown]) => {
      if (Array.isArray(value)) return [[name, value.flatMap((device: { readonly path: string }) => change(device) ?? [])]];
      if (typeof value !== 'object' || value === null || !('path' in value)) return [[name, value]];
      const changed = change(value as { readonly path: string });
      return changed === undefined ? [] : [[name, changed]];
    }),
  ) as unknown as Devices;

interface Placed {
  readonly path: string;
  readonly address?: unknown;
}

const unplaced = (device: Placed): object => {
  const { address: _, ...rest } = device;
  return rest;
};

/** Controllers by themselves, each device where there is room: what hung on a refused controller is not at fault. */
const withoutPlaces = (devices: Devices): Devices => ({ ...mapDevices(devices, unplaced), controllers: [] });

/** The element of the device in which a path lies; undefined where it lies in none. */
const deviceAt = (path: string): { readonly element: string; readonly name: string } | undefined => {
  const [, element, name] = /^(\/domain\/devices\/([a-z]+)(?:\[[0-9]+\])?)(?:\/|$)/.exec(path) ?? [];
  return element === undefined || name === undefined ? undefined : { element, name };
};

/** The domain without what was refused, to ask for the rest; undefined where the rest would say nothing. */
const withoutFault = (domain: Domain, fault: TapestryError, capabilities: QemuCapabilities): Domain | undefined => {
  const path = fault.data.path ?? '';
  if (path === `${domain.os.path}/type/@machine`) {
    const usual = findMachine(capabilities, domain.os.machine?.includes('q35') === true ? 'q35' : 'pc')?.name;
    return usual === undefined || usual === domain.os.machine ? undefined : { ...domain, os: { ...domain.os, machine: usual } };
  }
  const at = deviceAt(path);
  if (at === undefined || allDevices(domain.devices).length > maxDevices) return undefined;
  if (at.name === 'controller')
    return domain.devices.controllers.length === 0 ? undefined : { ...domain, devices: withoutPlaces(domain.devices) };
  let found = false;
  // Its place is at fault more often than the device is: without one, the rest of it is asked for too.
  const devices = mapDevices(domain.devices, (device: Placed) => {
    if (device.path !== at.element) return device;
    found = true;
    return device.address === undefined ? undefined : unplaced(device);
  });
  return found ? { ...domain, devices } : undefined;
};

/**
 * As {@link prepareDomain}, and goes on without what is refused, so that everything else that would be is told too. With refusals the draft is
 * for asking on only; undefined where there is nothing to go on with.
 */
export function prepareAll(
  domain: Domain,
  capabilities: QemuCapabilities,
  preparation: Preparation,
  refusals: Refusals,
): DraftDomain | undefined {
  let rest: Domain | undefined = domain;
  const refused = new Set<string>();
  for (let round = 0; rest !== undefined && round < maxRounds; round += 1) {
    try {
      return prepareDomain(rest, capabilities, preparation);
    } catch (error) {
      const element = error instanceof TapestryError ? deviceAt(error.data.path ?? '')?.element : undefined;
      // What is refused of it without its place may be so because that is gone.
      if (element === undefined || !refused.has(element)) refusals.add(error);
      if (element !== undefined) refused.add(element);
      rest = error instanceof TapestryError ? withoutFault(rest, error, capabilities) : undefined;
    }
  }
  return undefined;
}
