import { z } from 'zod';
import { errorData, xmlProblem } from '../errors.ts';
import { beginsJob } from './jobs.ts';
import { call, events } from './kinds.ts';
import { deviceOperation } from './operations.ts';
import { connectionId, machineTarget, uuid } from './references.ts';
import { supportDifferences } from './support.ts';

export { xmlProblem, type XmlProblem } from '../errors.ts';

/** libvirt's domain states (virDomainState), in virsh's words. */
export const machineState = z.enum(['running', 'idle', 'paused', 'in shutdown', 'shut off', 'crashed', 'pmsuspended', 'unknown']);
export type MachineState = z.infer<typeof machineState>;

/** An operation in progress that the list shows (a start that has not reached RUNNING yet, a shutdown that the guest was asked for). */
export const transition = z.object({ kind: z.enum(['starting', 'stopping', 'rebooting', 'saving', 'migrating']), since: z.number() });

/**
 * The cable of a running NIC (by its MAC) that was moved from one bridge to another, and not back: `at` in ms since the epoch; `flapped`: the
 * guest saw it pulled and put back.
 */
export const cableMove = z.object({ mac: z.string(), from: z.string(), to: z.string(), at: z.number(), flapped: z.boolean() });
export type CableMove = Readonly<z.infer<typeof cableMove>>;

/** What a list shows of a machine. Times are ms since the epoch. */
export const machineSummary = z.object({
  connection: connectionId,
  uuid,
  name: z.string(),
  title: z.string().optional(),
  description: z.string().optional(),
  state: machineState,
  /** libvirt's reason word for the state: booted, user, destroyed, shutdown, crashed, failed, I/O error, … (`virsh domstate --reason`). */
  reason: z.string(),
  transition: transition.optional(),
  /** Numeric id while it runs, null otherwise (`virsh list`'s Id column). */
  id: z.number().int().positive().nullable(),
  /** QEMU's pid while it runs. */
  pid: z.number().int().positive().nullable(),
  startedAt: z.number().nullable(),
  autostart: z.boolean(),
  persistent: z.boolean(),
  vcpus: z.number().int(),
  /** KiB. */
  memoryKiB: z.number(),
  maxMemoryKiB: z.number(),
  type: z.enum(['kvm', 'qemu', 'other']),
  arch: z.string(),
  machine: z.string(),
  /** osinfo's id of its operating system, where its metadata names one. */
  os: z.string().optional(),
  /** The stored definition differs from what runs. */
  pending: z.boolean(),
  macs: z.array(z.string()),
  /** Where the definition plugs its NICs, in the XML's order: the interface's type and what it names (bridge, network, TAP, host interface). */
  networks: z.array(z.object({ type: z.string(), source: z.string().nullable() })).optional(),
  /** Cables that were moved in this run; each until it is put back, or kept where it is (`networks.keepMove`). */
  moved: z.array(z.object({ alias: z.string(), ...cableMove.shape })).optional(),
  /** Device name for each serial port / console that can be opened: alias (`serial0`) and label. */
  consoles: z.array(z.object({ alias: z.string(), label: z.string(), interactive: z.boolean() })),
  /** The last thing that went wrong with this machine, until the next start. */
  lastError: errorData.optional(),
  /** When that went wrong, ms since the epoch. */
  lastErrorAt: z.number().optional(),
  /** What can't be done with this machine, or can, otherwise than with its connection. */
  support: supportDifferences.optional(),
});
export type MachineSummary = z.infer<typeof machineSummary>;

/**
 * When machines that are marked for autostart are started, once per boot of the computer: with the first window that is opened, with the user's
 * first login, or with the computer. In each case they are with the first window at the latest.
 */
export const autostartWhen = z.enum(['window', 'login', 'boot']);
export type AutostartWhen = z.infer<typeof autostartWhen>;

/** What came of the start of a marked machine. */
export const markedStart = z.object({ uuid: z.string(), name: z.string(), error: errorData.optional() });
export type MarkedStart = z.infer<typeof markedStart>;

/**
 * A definition file that is none of the machines, and why (`error`): it can't be read, or its UUID or name is another machine's
 * (`duplicate-uuid`, `duplicate-name`). `keptAs` is where it is: `file` where it was left as it is, another path where it was kept aside.
 */
export const brokenDefinition = z.object({ file: z.string(), keptAs: z.string(), error: errorData });

/** What happened in one connection. Its snapshot comes first, and anew whenever it was connected again. */
export const machineEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('snapshot'), connection: connectionId, machines: z.array(machineSummary), broken: z.array(brokenDefinition) }),
  z.object({ kind: z.literal('changed'), connection: connectionId, machine: machineSummary }),
  z.object({ kind: z.literal('removed'), connection: connectionId, uuid }),
  /** The XML changed (stored or live): fetch it again. */
  z.object({ kind: z.literal('xml'), connection: connectionId, uuid }),
  /** A QEMU event or a fact for the machine's log, newest facts of its life. */
  z.object({ kind: z.literal('log'), connection: connectionId, uuid, at: z.number(), text: z.string() }),
]);
export type MachineEvent = z.infer<typeof machineEvent>;

/** Everything a machine page needs at once. */
export const machineXml = z.object({
  /** Stored definition; null for a transient machine. */
  inactive: z.string().nullable(),
  /** Live XML with aliases, addresses, TAP names, pty paths; null when it doesn't run. */
  live: z.string().nullable(),
  /** Hash of `inactive`, to give back as `expect`. */
  hash: z.string(),
});

export const machineAction = z.enum(['start', 'start-paused', 'shutdown', 'reboot', 'reset', 'destroy', 'suspend', 'resume']);
export type MachineAction = z.infer<typeof machineAction>;

/** Where a device change applies. `both` stores nothing when the live part fails (libvirt's rule). */
export const changeScope = z.enum(['live', 'config', 'both']);

/** A definition's whole text to be stored, and the hash of the one that its edit started from. */
const storedText = z.object({ xml: z.string(), expect: z.string() });

/** One sample of a running machine. `cpuPercent` is of one host CPU × vCPUs = 100. Rates are bytes/s. */
export const machineStats = z.object({
  connection: connectionId,
  uuid,
  at: z.number(),
  cpuPercent: z.number(),
  /** What QEMU takes of the host's memory; more than the guest has where the guest is emulated. */
  memoryKiB: z.number(),
  /** What the guest uses of its memory, by its own account; absent where it doesn't tell. */
  guestMemoryKiB: z.number().optional(),
  diskReadBps: z.number(),
  diskWriteBps: z.number(),
  netRxBps: z.number(),
  netTxBps: z.number(),
});
export type MachineStats = z.infer<typeof machineStats>;

/** A file or directory that stays when a machine is undefined. */
export const keptFile = z.object({
  path: z.string(),
  /** UEFI variables, the emulated TPM's state, or the memory of crashed guests. */
  what: z.enum(['nvram', 'tpm', 'dumps']),
});

export const machines = {
  'machines.list': call(z.object({ connection: connectionId }), z.array(machineSummary), { repeatable: true }),
  /**
   * Of all connections: a snapshot of each as it is connected, and what changes. The window's only source of machine state. With `connection`
   * of that one alone, until it is gone.
   */
  'machines.watch': events(z.object({ connection: connectionId.optional() }), machineEvent, { resumable: true }),
  'machines.get': call(z.object({ machine: machineTarget }), machineSummary, { repeatable: true }),
  'machines.xml': call(z.object({ machine: machineTarget }), machineXml, { repeatable: true }),
  /**
   * Define or redefine. `expect` is the hash the edit started from: another one answers `conflict`. `findings`: all that keeps the machine from
   * starting here as it is defined, warnings, and notes of what was left aside; places are those of the text that was given.
   */
  'machines.define': call(
    z.object({ connection: connectionId, xml: z.string(), expect: z.string().optional(), createOnly: z.boolean().optional() }),
    z.object({ uuid, name: z.string(), created: z.boolean(), findings: z.array(xmlProblem) }),
    { needs: ['define'] },
  ),
  /**
   * `tpm`: what becomes of the emulated TPM's state, which goes unless kept. `nvram`: what becomes of the UEFI variables, for machines that have
   * some, also of the file that <nvram> names; without it, undefining those is refused (virsh: --nvram, --keep-nvram). `kept`: what stays of
   * its files, disk images aside.
   */
  'machines.undefine': call(
    z.object({
      machine: machineTarget,
      removeDisks: z.array(z.string()).optional(),
      nvram: z.enum(['keep', 'remove']).optional(),
      tpm: z.enum(['keep', 'remove']).optional(),
      /** Forces a machine off that runs, after everything that may refuse was asked: a refusal leaves it running. */
      destroy: z.boolean().optional(),
    }),
    z.object({ kept: z.array(keptFile) }),
    {
      needs: ({ destroy, removeDisks = [] }) => [
        'undefine',
        ...(destroy === true ? (['destroy'] as const) : []),
        ...(removeDisks.length > 0 ? (['delete-image'] as const) : []),
      ],
    },
  ),
  'machines.rename': call(z.object({ machine: machineTarget, name: z.string() }), z.object({}), { needs: ['rename'] }),
  /**
   * `setAside` (start, start-paused): starts without those parts of the definition that can't be applied here and that the guest doesn't see
   * (findings with the fix `set-aside`): for this start only, or noted in the definition for all to come.
   */
  'machines.act': call(
    z.object({ machine: machineTarget, action: machineAction, setAside: z.enum(['once', 'always']).optional() }),
    z.object({}),
    { needs: ({ action, setAside }) => [action, ...(setAside === undefined ? [] : (['set-aside'] as const))] },
  ),
  /** `when` of the answer: when machines that are marked are started on this computer. */
  'machines.autostart': call(z.object({ machine: machineTarget, autostart: z.boolean() }), z.object({ when: autostartWhen.optional() }), {
    needs: ['autostart'],
  }),
  /**
   * Starts the machines that are marked for autostart, unless that was done since the computer was started; answers when each runs or has failed.
   * What Tapestry's user unit asks for.
   */
  'machines.startMarked': call(z.object({ connection: connectionId }), z.object({ started: z.array(markedStart) }), {
    needs: ['start-marked'],
  }),
  /**
   * attach-device / detach-device / update-device with the device's XML.
   *
   * `alias` (update, detach) names the running device that is meant, so that its MAC can be changed too; the definition's device is then the
   * one with the running device's MAC. Without it the device is found by what the XML says of it (MAC, alias, address), as virsh does.
   *
   * `replug` (update of an <interface>, scope live or both): what can't be changed on the same device is applied now by unplugging the NIC and
   * plugging it in again, with its alias and, where the new one fits there, its address. What can be changed in place still is, without
   * unplugging. Where it would help, an update without it fails with `unsupported-operation` and the fix `replug`. The answer's `replugged`
   * says whether it came to that. `pending`: the guest has not let go yet; the new NIC is plugged in as soon as it has. A new NIC that fails
   * is replaced by the old one, and the call fails.
   *
   * `expect` (scopes config and both): the hash of the definition that the edit started from; another one answers `conflict`, and nothing is
   * changed.
   *
   * `stored` (scope both): the machine's whole definition as it is to be stored with the change, where that is more than the same change, or
   * where the definition said otherwise before; `expect` is the hash that its edit started from, another one answers `conflict`. All of it is
   * checked before the running machine is touched, and what can't be stored then is taken back there.
   */
  'machines.device': call(
    z.object({
      machine: machineTarget,
      how: z.enum(['attach', 'detach', 'update']),
      xml: z.string(),
      scope: changeScope,
      linkFlap: z.boolean().optional(),
      replug: z.boolean().optional(),
      alias: z.string().min(1).max(256).optional(),
      expect: z.string().optional(),
      stored: storedText.optional(),
    }),
    z.object({ state: z.enum(['done', 'pending']), message: z.string().optional(), replugged: z.boolean().optional() }),
    {
      needs: ({ how, xml, scope, stored }) => [
        ...(scope === 'config' ? [] : [deviceOperation(how, xml)]),
        ...(scope === 'config' || stored !== undefined ? (['define'] as const) : []),
      ],
    },
  ),
  /** Everything wrong with an XML text that can be known without starting it (syntax, rules, unsupported, duplicates). */
  'machines.check': call(
    z.object({ connection: connectionId, xml: z.string(), machine: machineTarget.optional() }),
    z.object({ problems: z.array(xmlProblem) }),
    { repeatable: true },
  ),
  /**
   * The launch plan as environment and argument vector; descriptors as numbers. Of an XML text alone sockets and the like are where libvirt would
   * have them. `capabilities` is the text of a recorded QMP conversation.
   */
  'machines.native': call(
    z.object({
      connection: connectionId,
      xml: z.string().optional(),
      machine: machineTarget.optional(),
      capabilities: z.string().optional(),
    }),
    z.object({ environment: z.record(z.string(), z.string()), emulator: z.string(), argv: z.array(z.string()) }),
    { repeatable: true, needs: ['native'] },
  ),
  /** CPU time that the machine's process has used since power-on, ms; null when it doesn't run. */
  'machines.cpuTime': call(z.object({ machine: machineTarget }), z.object({ ms: z.number().nonnegative().nullable() }), {
    repeatable: true,
    needs: ['stats'],
  }),
  'machines.monitor': call(z.object({ machine: machineTarget, command: z.string() }), z.object({ reply: z.unknown() }), {
    needs: ['monitor'],
  }),
  /**
   * One sample a second per running machine while somebody watches; nothing is sampled otherwise. Without a machine: of all machines of all
   * connections that can, an item being of one connection.
   */
  'machines.stats': events(z.object({ machine: machineTarget.optional() }), z.array(machineStats), { resumable: true, needs: ['stats'] }),
  /** Last lines of QEMU's own log of this machine. */
  'machines.log': call(
    z.object({ machine: machineTarget, lines: z.number().int().min(1).max(5000).default(200) }),
    z.object({ path: z.string(), text: z.string() }),
    { repeatable: true, needs: ['log'] },
  ),
  /** Begins the job that makes and defines the demo machine (kernel, initramfs, disk). A name that is taken is refused at once. */
  'machines.createDemo': beginsJob({ connection: connectionId, name: z.string().optional() }, ['demo']),
};
