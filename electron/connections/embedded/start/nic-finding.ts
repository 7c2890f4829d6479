import { parseXml, readDomain } from '../../../../shared/domain-xml/index.ts';
import type { Interface } from '../../../../shared/domain/index.ts';
import { TapestryError, type ErrorData } from '../../../../shared/errors.ts';
import type { RunningNic } from '../../../network/nics/nic-status.ts';

/** A start that was refused or failed. */
export interface FailedStart {
  /** ms since the epoch. */
  readonly at: number;
  readonly error: ErrorData;
  /** The definition that was to be started. */
  readonly xml: string;
}

const interfacesOf = (xml: string): readonly Interface[] => {
  try {
    return readDomain(parseXml(xml)).domain.devices.interfaces;
  } catch (error) {
    if (error instanceof TapestryError) return []; // not even XML any more
    throw error;
  }
};

/** The alias that a start gives a NIC: its own, else the next number in domain order (host devices have numbers of their own). */
const aliasAt = (nics: readonly Interface[], place: number): string => {
  const own = (nic: Interface | undefined) => (nic?.alias?.startsWith('ua-') === true ? nic.alias : undefined);
  const before = nics.slice(0, place).filter((nic) => own(nic) === undefined && nic.type !== 'hostdev');
  return own(nics[place]) ?? `net${before.length}`;
};

/** Which NIC (0-based) a failure was about: by its path, else by the option that QEMU quotes in its words; undefined for none. */
const placeOf = ({ path, detail }: ErrorData, nics: readonly Interface[]): number | undefined => {
  const named = /^\/domain\/devices\/interface(?:\[(\d+)\])?(?:\/|$)/.exec(path ?? '');
  if (named !== null) return Number(named[1] ?? 1) - 1;
  const quoted = /"id":\s*"(?:host)?(net\d+|ua-[\w-]+)"/.exec(detail ?? '')?.[1];
  const place = quoted === undefined ? -1 : nics.findIndex((_nic, index) => aliasAt(nics, index) === quoted);
  return place < 0 ? undefined : place;
};

/** The NIC whose option QEMU quotes in its words. Pure. @param xml the definition that was started */
export function quotedNic(detail: string, xml: string): Interface | undefined {
  const nics = interfacesOf(xml);
  const place = placeOf({ code: 'start-failed', message: '', detail }, nics);
  return place === undefined ? undefined : nics[place];
}

/**
 * The NIC at which the last start failed, for its strip; none when it was no NIC's doing, or the NIC was changed since. Pure.
 * @param stored the definition as it is now
 */
export function nicFinding(machine: string, failed: FailedStart, stored: string): RunningNic | undefined {
  const nics = interfacesOf(failed.xml);
  const place = placeOf(failed.error, nics);
  const nic = place === undefined ? undefined : nics[place];
  if (place === undefined || nic === undefined) return undefined;
  const unchanged = failed.xml === stored || JSON.stringify(interfacesOf(stored)[place]) === JSON.stringify(nic);
  if (!unchanged) return undefined;
  return {
    machine,
    alias: aliasAt(nics, place),
    interface: nic,
    record: null,
    linkUp: nic.link !== 'down',
    detachPending: false,
    finding: { ...failed.error, at: failed.at },
  };
}
