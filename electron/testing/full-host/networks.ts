import type { HostInterface, NicStatus } from '../../../shared/contract/networks.ts';
import { sampleInterface } from '../../../shared/contract/testing/samples.ts';
import type { MachineTarget } from '../../../shared/contract/references.ts';
import type { Interface } from '../../../shared/domain/interface.ts';
import { readDefinition } from '../../connections/test/definition.ts';
import type { TestMachine, TestMachines } from '../../connections/test/machines.ts';

/** A host with a bridge that has an uplink, one that has none, others' bridges, and a TAP for each NIC that runs. */
export class FakeNetworks {
  readonly #machines: TestMachines;
  readonly #host: HostInterface[] = [
    sampleInterface('lo', {
      index: 1,
      kind: 'loopback',
      mac: '00:00:00:00:00:00',
      mtu: 65536,
      addresses: [{ address: '127.0.0.1', prefix: 8, family: 'ipv4' }],
    }),
    sampleInterface('eno1', {
      index: 2,
      kind: 'physical',
      mac: '3c:52:82:10:20:30',
      master: 'br0',
      portState: 'forwarding',
      managedBy: 'NetworkManager',
      speed: 1000,
    }),
    sampleInterface('wlp2s0', {
      index: 3,
      kind: 'wireless',
      mac: '3c:52:82:10:20:31',
      up: false,
      carrier: null,
      managedBy: 'NetworkManager',
    }),
    sampleInterface('br0', {
      index: 4,
      kind: 'bridge',
      mac: '3c:52:82:10:20:30',
      uplink: 'eno1',
      managedBy: 'NetworkManager',
      addresses: [{ address: '192.168.1.10', prefix: 24, family: 'ipv4' }],
    }),
    sampleInterface('br200', {
      index: 5,
      kind: 'bridge',
      mac: 'fe:54:00:aa:00:02',
      managedBy: 'Tapestry',
      ours: { uid: 1000, at: Date.now() - 86_400_000 },
    }),
    sampleInterface('virbr0', {
      index: 6,
      kind: 'bridge',
      mac: '52:54:00:c4:11:0a',
      carrier: false,
      managedBy: 'libvirt',
      addresses: [{ address: '192.168.122.1', prefix: 24, family: 'ipv4' }],
    }),
    sampleInterface('docker0', {
      index: 7,
      kind: 'bridge',
      mac: '02:42:9b:00:00:01',
      carrier: false,
      managedBy: 'docker',
      addresses: [{ address: '172.17.0.1', prefix: 16, family: 'ipv4' }],
    }),
    sampleInterface('tap3', {
      index: 8,
      kind: 'tap',
      mac: 'de:ad:be:ef:00:03',
      up: false,
      carrier: false,
      tap: { owner: 1000, group: -1, persistent: true, flags: ['tap', 'no_pi'] },
    }),
  ];
  constructor(machines: TestMachines) {
    this.#machines = machines;
  }

  interfaces(): HostInterface[] {
    return this.#now();
  }

  nic(ref: MachineTarget): NicStatus[] {
    return this.#strips(ref);
  }

  #taps(): { machine: TestMachine; nic: Interface; at: number }[] {
    return this.#machines
      .all()
      .filter(({ live }) => live !== null)
      .flatMap((machine) => nicsOf(machine).map((nic, at) => ({ machine, nic, at })))
      .filter(({ nic }) => nic.target !== undefined && nic.type !== 'user');
  }

  #now(): HostInterface[] {
    const taps = this.#taps().map(({ machine, nic }, n): HostInterface =>
      sampleInterface(nic.target ?? '', {
        index: 200 + n,
        kind: 'tap',
        mac: hostMac(nic),
        master: nic.type === 'bridge' ? sourceName(nic) : null,
        portState: nic.type === 'bridge' ? 'forwarding' : null,
        ours: { machine: machine.summary.name, uid: 1000, at: machine.summary.startedAt ?? 0 },
        tap: { owner: 1000, group: -1, persistent: false, flags: ['tap', 'no_pi', 'vnet_hdr'] },
        ...counters(machine.summary.startedAt ?? 0),
      }),
    );
    const all = [...this.#host.map((one) => (one.up ? { ...one, ...counters(Date.now() - 3_600_000) } : one)), ...taps];
    return all.map((one) =>
      one.kind !== 'bridge'
        ? one
        : {
            ...one,
            ports: all.filter(({ master }) => master === one.name).map(({ name }) => name),
            uplink:
              all.find(({ master, kind }) => master === one.name && ['physical', 'bond', 'vlan', 'wireless'].includes(kind))?.name ?? null,
          },
    );
  }

  #strips(ref: MachineTarget): NicStatus[] {
    const machine = this.#machines.find(ref);
    const running = machine.live !== null;
    const at = machine.summary.startedAt ?? 0;
    return nicsOf(machine).map((nic, index): NicStatus => {
      const count = counters(at);
      const device = running && nic.type !== 'user' ? (nic.target ?? null) : null;
      const address = `192.168.1.${42 + index}`;
      const guestName = 'eth0';
      return {
        alias: `net${index}`,
        mac: nic.mac ?? '',
        type: nic.type,
        model: nic.model ?? 'rtl8139',
        source: sourceName(nic),
        device,
        createdBy: device === null ? null : { who: 'tapestry-net-helper', pid: 8123 + index, at },
        descriptors: device === null ? [] : [3 + index],
        flags: device === null ? [] : ['tap', 'no_pi', 'vnet_hdr'],
        bridge: nic.type === 'bridge' ? sourceName(nic) : null,
        portState: device !== null && nic.type === 'bridge' ? 'forwarding' : null,
        link: nic.link ?? 'up',
        rxBytes: running ? count.rxBytes : null,
        txBytes: running ? count.txBytes : null,
        rxPackets: running ? Math.round(count.rxBytes / 900) : null,
        txPackets: running ? Math.round(count.txBytes / 300) : null,
        rxErrors: running ? 0 : null,
        txErrors: running ? 0 : null,
        rxDrops: running ? 3 : null,
        txDrops: running ? 0 : null,
        rxBps: running ? 180_000 * (0.5 + Math.random()) : null,
        txBps: running ? 24_000 * (0.5 + Math.random()) : null,
        addresses:
          running && index === 0
            ? [
                { address, prefix: 24, family: 'ipv4', source: 'arp', seenAt: Date.now() - 4000 },
                { address: 'fe80::5054:ff:fee4:2ec1', prefix: 64, family: 'ipv6', source: 'agent', seenAt: Date.now() - 20_000, guestName },
              ]
            : [],
        ...(running && index === 0 ? { guestName } : {}),
        addressReason: running && index === 0 ? null : running ? 'The guest has sent nothing yet.' : 'The machine is off.',
        detachPending: false,
        timeline:
          device === null
            ? []
            : [
                {
                  at,
                  kind: 'created',
                  made: { type: 'tap', device, flags: ['TAP', 'NO_PI', 'VNET_HDR'], queues: 1 },
                  by: { program: 'tapestry-net-helper', pid: 8123 + index },
                },
                { at: at + 0.4, kind: 'owner', uid: 1000 },
                { at: at + 0.6, kind: 'mac', mac: hostMac(nic) },
                ...(nic.type === 'bridge'
                  ? [{ at: at + 1.1, kind: 'enslaved' as const, bridge: sourceName(nic) ?? '', isolated: false }]
                  : []),
                { at: at + 1.9, kind: 'up' },
                { at: at + 14, kind: 'handed', descriptors: [3 + index] },
              ],
      };
    });
  }
}

/** The TAP's own address: the guest's with fe in front, as the helper gives it. */
const hostMac = ({ mac = '' }: Interface): string => mac.replace(/^../, 'fe');

/** Counters that grow with time since `at` (ms since the epoch). */
function counters(at: number): Pick<HostInterface, 'rxBytes' | 'txBytes' | 'rxDropped' | 'txDropped'> {
  const seconds = Math.max(0, (Date.now() - at) / 1000);
  return { rxBytes: Math.round(seconds * 180_000), txBytes: Math.round(seconds * 24_000), rxDropped: 3, txDropped: 0 };
}

/** NICs as they run, or as they are stored when the machine is off. */
const nicsOf = ({ live, inactive }: TestMachine): readonly Interface[] => readDefinition(live ?? inactive).devices.interfaces;

/** What a NIC is plugged into, by name; null for one that has no such thing. */
const sourceName = ({ source }: Interface): string | null =>
  source.type === 'bridge' ? source.bridge : source.type === 'network' ? source.network : source.type === 'direct' ? source.dev : null;
