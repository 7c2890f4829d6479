import { randomUUID } from 'node:crypto';
import type { GuestInterface, HostInterface, NicStatus } from '../../../shared/contract/networks.ts';
import { sampleInterface } from '../../../shared/contract/testing/samples.ts';
import type { Interface } from '../../../shared/domain/interface.ts';
import { TapestryError } from '../../../shared/errors.ts';
import type { Networks } from '../../connections/connection.ts';
import { every } from './broadcast.ts';
import { sourceName } from './fake-definition.ts';
import type { FakeMachine, FakeMachines } from './fake-machines.ts';

/** A host with a bridge that has an uplink, one that has none, others' bridges, and a TAP for each NIC that runs. */
export class FakeNetworks implements Networks {
  readonly #machines: FakeMachines;
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
  #uplink: { token: string; bridge: string; port: string; timer: NodeJS.Timeout } | undefined;

  constructor(machines: FakeMachines) {
    this.#machines = machines;
  }

  interfaces(): Promise<HostInterface[]> {
    return Promise.resolve(this.#now());
  }

  watch(signal: AbortSignal): AsyncIterable<HostInterface[]> {
    return every(1000, signal, () => this.#now());
  }

  nics(ref: string, signal: AbortSignal): AsyncIterable<NicStatus[]> {
    return every(1000, signal, () => this.#strips(ref));
  }

  nic(ref: string): Promise<NicStatus[]> {
    return Promise.resolve(this.#strips(ref));
  }

  guestInterfaces(ref: string): Promise<GuestInterface[]> {
    const nics = this.#strips(ref).map(({ mac, addresses, guestName }, at) => ({
      name: guestName ?? `eth${at}`,
      mac,
      addresses: addresses.map(({ address, prefix, family }) => ({ address, prefix, family })),
    }));
    return Promise.resolve([
      { name: 'lo', mac: '00:00:00:00:00:00', addresses: [{ address: '127.0.0.1', prefix: 8, family: 'ipv4' as const }] },
      ...nics,
    ]);
  }

  createBridge({ name, mtu }: Parameters<Networks['createBridge']>[0]): Promise<void> {
    if (this.#host.some((other) => other.name === name))
      throw new TapestryError('interface-exists', `An interface named “${name}” exists already.`, {
        path: 'name',
        next: 'Choose another name.',
      });
    if (!/^[a-z][a-z0-9-]{0,14}$/i.test(name))
      throw new TapestryError('invalid', 'A bridge’s name has at most 15 letters and digits.', { path: 'name' });
    this.#host.push(
      sampleInterface(name, {
        index: 100 + this.#host.length,
        kind: 'bridge',
        mac: '5a:00:00:00:00:01',
        mtu: mtu ?? 1500,
        carrier: false,
        managedBy: 'Tapestry',
        ours: { uid: 1000, at: Date.now() },
      }),
    );
    this.#machines.activity(`Created the bridge ${name}`);
    return Promise.resolve();
  }

  deleteBridge(name: string, uplink?: string): Promise<void> {
    const bridge = this.#bridge(name);
    if (bridge.ours === null)
      throw new TapestryError('helper-denied', `“${name}” wasn’t made by Tapestry, so it isn’t deleted.`, {
        next: `Use the program that manages it (${bridge.managedBy ?? 'unknown'}).`,
      });
    if (uplink !== undefined) this.#setMaster(uplink, null);
    this.#host.splice(this.#host.indexOf(bridge), 1);
    return Promise.resolve();
  }

  async addUplink({ bridge, port, confirmWithin, create }: Parameters<Networks['addUplink']>[0]): ReturnType<Networks['addUplink']> {
    if (create !== undefined) await this.createBridge({ name: bridge, ...create });
    this.#bridge(bridge);
    const token = randomUUID();
    this.#setMaster(port, bridge);
    const timer = setTimeout(() => this.#setMaster(port, null), confirmWithin * 1000);
    timer.unref();
    this.#uplink = { token, bridge, port, timer };
    return { token, until: Date.now() + confirmWithin * 1000 };
  }

  confirmUplink(token: string): Promise<void> {
    if (this.#uplink?.token !== token) throw new TapestryError('not-found', 'That change was rolled back already.');
    clearTimeout(this.#uplink.timer);
    this.#uplink = undefined;
    return Promise.resolve();
  }

  cancelUplink(token: string): Promise<void> {
    if (this.#uplink?.token !== token) throw new TapestryError('not-found', 'That change was rolled back already.');
    clearTimeout(this.#uplink.timer);
    this.#setMaster(this.#uplink.port, null);
    this.#uplink = undefined;
    return Promise.resolve();
  }

  async *trials(): ReturnType<Networks['trials']> {
    yield { pending: [], ended: null };
  }

  removeUplink({ port }: Parameters<Networks['removeUplink']>[0]): Promise<void> {
    this.#setMaster(port, null);
    return Promise.resolve();
  }

  forward(): Promise<void> {
    return Promise.resolve();
  }

  keepMove(): Promise<void> {
    return Promise.resolve();
  }

  #bridge(name: string): HostInterface {
    const bridge = this.#host.find((other) => other.name === name);
    if (bridge === undefined)
      throw new TapestryError('bridge-missing', `The bridge “${name}” doesn’t exist.`, {
        path: 'bridge',
        fixes: [{ kind: 'create-bridge', label: `Create ${name}`, value: name }],
      });
    if (bridge.kind !== 'bridge') throw new TapestryError('not-a-bridge', `“${name}” is no bridge.`, { path: 'bridge' });
    return bridge;
  }

  #setMaster(port: string, master: string | null): void {
    const at = this.#host.findIndex((other) => other.name === port);
    const found = this.#host[at];
    if (found === undefined) throw new TapestryError('interface-missing', `The interface “${port}” doesn’t exist.`, { path: 'port' });
    this.#host[at] = { ...found, master, portState: master === null ? null : 'forwarding' };
  }

  #taps(): { machine: FakeMachine; nic: Interface; at: number }[] {
    return this.#machines
      .all()
      .filter(({ live }) => live !== null)
      .flatMap((machine) => this.#machines.nics(machine.summary.uuid).map((nic, at) => ({ machine, nic, at })))
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
        ours: { machine: machine.summary.name, uid: 1000, at: machine.startedNics },
        tap: { owner: 1000, group: -1, persistent: false, flags: ['tap', 'no_pi', 'vnet_hdr'] },
        ...counters(machine.startedNics),
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

  #strips(ref: string): NicStatus[] {
    const machine = this.#machines.find(ref);
    const running = machine.live !== null;
    const at = machine.startedNics;
    return this.#machines.nics(ref).map((nic, index): NicStatus => {
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
