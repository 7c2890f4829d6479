import { z } from 'zod';
import { errorData } from '../errors.ts';
import { call, events } from './kinds.ts';
import { cableMove } from './machines.ts';
import { nicStep } from './nic-steps.ts';
import { connectionId, machineTarget } from './references.ts';

const address = z.object({ address: z.string(), prefix: z.number().int(), family: z.enum(['ipv4', 'ipv6']) });

/** A host interface as /sys/class/net and rtnetlink show it. Counters in bytes/packets since it exists. */
export const hostInterface = z.object({
  name: z.string(),
  index: z.number().int(),
  kind: z.enum(['bridge', 'tap', 'tun', 'veth', 'physical', 'wireless', 'vlan', 'bond', 'macvtap', 'loopback', 'other']),
  up: z.boolean(),
  carrier: z.boolean().nullable(),
  mac: z.string(),
  mtu: z.number().int(),
  master: z.string().nullable(),
  addresses: z.array(address),
  /** For bridges: names of the ports. */
  ports: z.array(z.string()),
  /** For bridges: the port that leads beyond the guests: a card, bond or VLAN, else a veth (to another namespace) or a tunnel; null without one. */
  uplink: z.string().nullable(),
  /** Who manages it, as far as can be told: us, libvirt, docker, NetworkManager, systemd-networkd, … */
  managedBy: z.string().nullable(),
  /** Made by our helper: for which machine, by whom, and when (ms since the epoch; it stands in the device's label). */
  ours: z.object({ machine: z.string().optional(), uid: z.number().optional(), at: z.number().optional() }).nullable(),
  /** For TAPs: owner uid (-1 none), flags in words, persistent. */
  tap: z.object({ owner: z.number(), group: z.number(), persistent: z.boolean(), flags: z.array(z.string()) }).nullable(),
  portState: z.string().nullable(),
  rxBytes: z.number(),
  txBytes: z.number(),
  rxDropped: z.number(),
  txDropped: z.number(),
  speed: z.number().nullable(),
});
export type HostInterface = z.infer<typeof hostInterface>;

/**
 * An address of the guest: only one that something was heard of from the guest in this run, with what heard it (a lease that it asked for, a
 * neighbour entry, its agent, a connection that it made through QEMU's user network), and when (ms since the epoch).
 */
export const guestAddress = z.object({
  ...address.shape,
  source: z.enum(['lease', 'arp', 'agent', 'traffic']),
  seenAt: z.number(),
  /** The neighbour entry was set by hand: somebody says so, nobody heard it. */
  byHand: z.boolean().optional(),
  /** The interface that has it in the guest, as its agent calls it (`eth0`; a bridge on top of the NIC has another name than the NIC). */
  guestName: z.string().optional(),
});

/** An interface of a guest as its agent tells of it; loopback and what has no NIC of ours beneath too. */
export const guestInterface = z.object({ name: z.string(), mac: z.string().nullable(), addresses: z.array(address) });
export type GuestInterface = z.infer<typeof guestInterface>;

/** One that was asked for a NIC's address, and what it answered, a sentence without its full stop. */
export const addressAnswer = z.object({ source: z.enum(['lease', 'arp', 'agent', 'traffic', 'passt']), answer: z.string() });
export type AddressAnswer = z.infer<typeof addressAnswer>;

/** Why the last start was refused or failed, where it was this NIC's doing; `at` in ms since the epoch. */
export const nicFinding = z.object({ ...errorData.shape, at: z.number() });
export type NicFinding = z.infer<typeof nicFinding>;

/** The live strip of one NIC of a machine. From the guest's view: rx is to the guest, tx from the guest. */
export const nicStatus = z.object({
  alias: z.string(),
  mac: z.string(),
  type: z.string(),
  model: z.string(),
  source: z.string().nullable(),
  /** Host device (TAP, macvtap); null for user mode. */
  device: z.string().nullable(),
  createdBy: z.object({ who: z.string(), pid: z.number().nullable(), at: z.number() }).nullable(),
  descriptors: z.array(z.number()),
  flags: z.array(z.string()),
  bridge: z.string().nullable(),
  portState: z.string().nullable(),
  link: z.enum(['up', 'down']),
  rxBytes: z.number().nullable(),
  txBytes: z.number().nullable(),
  rxPackets: z.number().nullable(),
  txPackets: z.number().nullable(),
  rxErrors: z.number().nullable(),
  txErrors: z.number().nullable(),
  rxDrops: z.number().nullable(),
  txDrops: z.number().nullable(),
  rxBps: z.number().nullable(),
  txBps: z.number().nullable(),
  addresses: z.array(guestAddress),
  /** Why there is no address, one sentence; null when there is one. */
  addressReason: z.string().nullable(),
  /** Who was asked for an address and what each answered; only where there is none. */
  addressAnswers: z.array(addressAnswer).optional(),
  /** The address that QEMU's own DHCP server would give, if the guest asks: a guess, told only while no address was seen. */
  expectedAddress: z.string().optional(),
  /** What the guest calls this NIC (`eth0`), as its agent tells. */
  guestName: z.string().optional(),
  /** Detach was asked for and the guest has not acknowledged it. */
  detachPending: z.boolean(),
  timeline: z.array(nicStep),
  /** False for a NIC of a machine that is off: it is in the list for its `finding` only, with the alias that a start would give it. */
  running: z.boolean().optional(),
  /** Why the last start failed at this NIC; until the next start, or until the NIC is changed. Its last step of the timeline is `refused`. */
  finding: nicFinding.optional(),
  /** What is wrong with it while it runs: it isn't on the bridge of its XML, or its passt has ended. Its timeline tells when. */
  fault: errorData.optional(),
  /** Its cable was moved in this run, and can be put back; until it is, or until it is kept there. */
  moved: cableMove.optional(),
});
export type NicStatus = z.infer<typeof nicStatus>;

/** An uplink that is taken back unless it is confirmed. Times are ms since the epoch. */
export const uplinkTrial = z.object({
  bridge: z.string(),
  port: z.string(),
  /** For `networks.confirmUplink` and `networks.cancelUplink`. */
  token: z.string(),
  until: z.number(),
});
export type UplinkTrial = z.infer<typeof uplinkTrial>;

/** The uplinks on trial, and how the last trial ended that this host saw end. */
export const uplinkTrials = z.object({
  pending: z.array(uplinkTrial),
  ended: z.object({ bridge: z.string(), port: z.string(), token: z.string(), kept: z.boolean(), at: z.number() }).nullable(),
});
export type UplinkTrials = z.infer<typeof uplinkTrials>;

export const networks = {
  'networks.interfaces': call(z.object({ connection: connectionId }), z.array(hostInterface), { repeatable: true, needs: ['networks'] }),
  /** The whole list at once, then at each change (rtnetlink); counters every second while watched. */
  'networks.watch': events(z.object({ connection: connectionId }), z.array(hostInterface), { resumable: true, needs: ['networks'] }),
  /** The strips of a machine's NICs, then at each change and once a second while watched. */
  'networks.nics': events(z.object({ machine: machineTarget }), z.array(nicStatus), { resumable: true, needs: ['nics'] }),
  'networks.nic': call(z.object({ machine: machineTarget }), z.array(nicStatus), { repeatable: true, needs: ['nics'] }),
  /** Asks the guest agent now. Fails with `agent-missing` (no channel), `agent-absent` (nobody opened it in the guest), `agent-failed`. */
  'networks.guestInterfaces': call(z.object({ machine: machineTarget }), z.array(guestInterface), {
    repeatable: true,
    needs: ['guest-agent'],
  }),
  'networks.createBridge': call(
    z.object({ connection: connectionId, name: z.string(), mtu: z.number().int().optional(), stp: z.boolean().optional() }),
    z.object({}),
    { needs: ['bridges'] },
  ),
  /** Refused while running machines are on it. `uplink` is a port that is taken off before, when nothing else stands against it. */
  'networks.deleteBridge': call(z.object({ connection: connectionId, name: z.string(), uplink: z.string().optional() }), z.object({}), {
    needs: ({ uplink }) => (uplink === undefined ? ['bridges'] : ['bridges', 'uplinks']),
  }),
  /**
   * Adds a port to a bridge; rolled back by the helper after `confirmWithin` s unless confirmed. With `create` the bridge is made first, and
   * goes again when the port can't be added or nobody confirms.
   */
  'networks.addUplink': call(
    z.object({
      connection: connectionId,
      bridge: z.string(),
      port: z.string(),
      confirmWithin: z.number().int().min(5).max(300).default(30),
      create: z.object({ mtu: z.number().int().optional(), stp: z.boolean().optional() }).optional(),
    }),
    z.object({ token: z.string(), until: z.number() }),
    { needs: ({ create }) => (create === undefined ? ['uplinks'] : ['bridges', 'uplinks']) },
  ),
  'networks.confirmUplink': call(z.object({ connection: connectionId, token: z.string() }), z.object({}), { needs: ['uplinks'] }),
  /** Takes an unconfirmed uplink back at once, as the helper would when the time is over. */
  'networks.cancelUplink': call(z.object({ connection: connectionId, token: z.string() }), z.object({}), { needs: ['uplinks'] }),
  /** The trials at once, then whenever one begins or ends. None outlives the host: the helper takes the uplink back when it ends. */
  'networks.trials': events(z.object({ connection: connectionId }), uplinkTrials, { resumable: true, needs: ['uplinks'] }),
  'networks.removeUplink': call(z.object({ connection: connectionId, bridge: z.string(), port: z.string() }), z.object({}), {
    needs: ['uplinks'],
  }),
  /** A moved cable stays where it is: nothing tells of the move any more. Nothing happens where none was moved. */
  'networks.keepMove': call(z.object({ machine: machineTarget, alias: z.string().min(1).max(256) }), z.object({}), { needs: ['nics'] }),
  /** A MAC under QEMU's prefix that no machine of any connection has: they may be plugged into one network. */
  'networks.generateMac': call(z.object({}), z.object({ mac: z.string() }), { repeatable: true }),
  /** Port forwards of a user-mode NIC, live. */
  'networks.forward': call(
    z.object({
      machine: machineTarget,
      alias: z.string(),
      how: z.enum(['add', 'remove']),
      proto: z.enum(['tcp', 'udp']),
      hostAddress: z.string().optional(),
      hostPort: z.number().int().min(1).max(65535),
      guestPort: z.number().int().min(1).max(65535),
      scope: z.enum(['live', 'config', 'both']).default('both'),
    }),
    z.object({}),
    { needs: ['forward'] },
  ),
};
