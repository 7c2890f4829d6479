import type { AddressAnswer, NicStatus } from '../../shared/contract/networks.ts';
import type { XmlElement } from '../../shared/domain-xml/xml/nodes.ts';
import { attributeValue } from '../../shared/domain-xml/xml/nodes.ts';
import { formatSpan } from '../words/format.ts';
import { readPlace } from '../xml/edits.ts';

const named: Readonly<Record<string, string>> = {
  user: 'User mode',
  direct: 'Direct',
  network: 'Network',
  hostdev: 'Passthrough',
  vhostuser: 'vhost-user',
  vdpa: 'vDPA',
  udp: 'UDP tunnel',
  mcast: 'Multicast',
  server: 'Socket server',
  client: 'Socket client',
  internal: 'Internal',
  null: 'Unconnected',
  vds: 'VMware switch',
};

const title = (type: string, source: string | undefined, target: string | undefined, alias: string | undefined): string => {
  const plain =
    type === 'bridge'
      ? `LAN ${source ?? ''}`
      : type === 'ethernet'
        ? `TAP ${target ?? ''}`
        : `${named[type] ?? type} ${type === 'user' ? '' : (source ?? '')}`;
  // An alias that somebody gave is a name.
  return alias?.startsWith('ua-') === true ? `${plain.trim()} (${alias.slice('ua-'.length)})` : plain.trim();
};

/** What a person calls a NIC of a definition: `LAN br0`, `TAP tap10`, `User mode`, `LAN br0 (dmz)` with the alias ua-dmz. */
export function nicTitle(element: XmlElement): string {
  const source = ['source/@bridge', 'source/@network', 'source/@dev', 'source/@path', 'source/@name'].map((place) =>
    readPlace(element, place),
  );
  const port = readPlace(element, 'source/@port');
  return title(
    attributeValue(element, 'type') ?? 'user',
    source.find((one) => one !== undefined && one !== '') ?? (port === undefined ? undefined : `:${port}`),
    readPlace(element, 'target/@dev'),
    readPlace(element, 'alias/@name'),
  );
}

/** The same of a NIC that runs. */
export function nicName(nic: NicStatus): string {
  return title(
    nic.type,
    nic.type === 'bridge' ? (nic.bridge ?? nic.source ?? undefined) : (nic.source ?? undefined),
    nic.device ?? undefined,
    nic.alias,
  );
}

/** What is wrong with a NIC that runs, in a few words: `not on br0`, `passt ended`. */
export function faultWords(nic: Pick<NicStatus, 'type' | 'source'>): string {
  return nic.type === 'bridge' ? `not on ${nic.source ?? 'its bridge'}` : 'passt ended';
}

/** The same of a NIC of a machine that is off, as lists know it. */
export function plugName({ type, source }: { readonly type: string; readonly source: string | null }): string {
  return title(type, source ?? undefined, source ?? undefined, undefined);
}

/** Who made a NIC's TAP, with the process if it is known: `helper 48112`. */
export function makerWords({ who, pid }: NonNullable<NicStatus['createdBy']>): string {
  return `${who === 'tapestry-net-helper' ? 'helper' : who}${pid === null ? '' : ` ${String(pid)}`}`;
}

/** The end of a MAC, by which people tell NICs apart: `…1c:12`. */
export function macTail(mac: string): string {
  return `…${mac.slice(-5)}`;
}

/** Where an address is known from. */
const sourceWords: Readonly<Record<NicStatus['addresses'][number]['source'], string>> = {
  lease: 'DHCP lease',
  arp: 'neighbour table',
  agent: 'guest agent',
  traffic: 'a connection it made',
};

/** Who was asked for an address, as the heading of what it answered. */
export const askedWords: Readonly<Record<AddressAnswer['source'], string>> = {
  lease: 'Leases',
  arp: 'Neighbour table',
  agent: 'Guest agent',
  traffic: 'QEMU’s user network',
  passt: 'passt',
};

/** In place of an address while none was seen: `10.0.2.15 if it asks` where QEMU would give one. */
export function unseenWords(nic: Pick<NicStatus, 'expectedAddress'>): string {
  return nic.expectedAddress === undefined ? 'No address seen yet' : `${nic.expectedAddress} if it asks`;
}

/**
 * Where an address is known from, and how old that is: `guest agent, 3 s ago`; `eth0.7: guest agent, 3 s ago` where the guest has it on
 * another interface than the NIC itself. Times in ms.
 */
export function addressSource(one: NicStatus['addresses'][number], nic: Pick<NicStatus, 'guestName'>, now: number): string {
  const on = one.guestName === undefined || one.guestName === nic.guestName ? '' : `${one.guestName}: `;
  if (one.byHand === true) return `${on}set by hand in the ${sourceWords[one.source]}`;
  return `${on}${sourceWords[one.source]}, ${formatSpan(now - one.seenAt)} ago`;
}

/** Time between two steps: `+0.4 ms`, `+1.9 s`, `+12 min`. Times in ms. */
export function stepOffset(ms: number): string {
  // The helper does several steps in one go and answers once.
  if (ms < 0.05) return 'at once';
  if (ms < 10) return `+${ms.toFixed(1)} ms`;
  if (ms < 1000) return `+${ms.toFixed(0)} ms`;
  if (ms < 60_000) return `+${(ms / 1000).toFixed(1)} s`;
  if (ms < 3_600_000) return `+${(ms / 60_000).toFixed(0)} min`;
  return `+${(ms / 3_600_000).toFixed(1)} h`;
}
