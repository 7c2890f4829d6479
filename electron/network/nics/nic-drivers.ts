import type { Interface } from '../../../shared/domain/interface.ts';
import { bridgeNic } from './bridge-nic.ts';
import { directNic } from './direct-nic.ts';
import { ethernetNic } from './ethernet-nic.ts';
import { nicKind, type NicDriver, type NicKind, type NicOf } from './nic-driver.ts';
import type { NicRecord } from './nic-record.ts';
import { passtNic } from './passt-nic.ts';

/** Of this kind this host has nothing: QEMU makes it alone, or nobody can start it here. */
const qemuAlone = <Kind extends NicKind>(source: (nic: NicOf<Kind>) => string | null = () => null): NicDriver<Kind> => ({
  device: null,
  network: 'host',
  source,
});

/** QEMU's sockets between machines. */
const socketSource = ({ source }: { readonly source: { readonly address?: string; readonly port: number } }): string =>
  `${source.address ?? ''}:${source.port}`;

/** Each kind of NIC has one. */
const drivers: { readonly [Kind in NicKind]: NicDriver<Kind> } = {
  bridge: bridgeNic,
  ethernet: ethernetNic,
  direct: directNic,
  passt: passtNic,
  user: { ...qemuAlone(), network: 'slirp' },
  network: qemuAlone(({ source }) => source.bridge ?? source.network),
  vdpa: qemuAlone(({ source }) => source.dev),
  vhostuser: qemuAlone(({ source }) => source.path ?? null),
  udp: qemuAlone(socketSource),
  mcast: qemuAlone(socketSource),
  client: qemuAlone(socketSource),
  server: qemuAlone(socketSource),
  hostdev: qemuAlone(),
  internal: qemuAlone(),
  null: qemuAlone(),
  vds: qemuAlone(),
};

/** The driver of a NIC. */
export function driverOf(nic: Interface): NicDriver {
  return drivers[nicKind(nic)] as NicDriver; // of its own kind: that is what the table is by
}

/** The driver of a NIC that is known by its record only; none for a type that only a later version has. */
export function driverOfRecord({ type, processId }: Pick<NicRecord, 'type' | 'processId'>): NicDriver | undefined {
  const kind = type === 'user' && processId !== null ? 'passt' : type;
  return Object.hasOwn(drivers, kind) ? (drivers[kind as NicKind] as NicDriver) : undefined;
}
