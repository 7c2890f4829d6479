import type { MachineState } from '../../../../shared/contract/machines.ts';
import type { QmpEvent } from '../../../qemu/qmp/messages.ts';

/** The states as they are written down, in virsh's words: a list of the disk's own, apart from what windows are told. */
export const domainStates = [
  'running',
  'idle',
  'paused',
  'in shutdown',
  'shut off',
  'crashed',
  'pmsuspended',
  'unknown',
] as const satisfies readonly MachineState[];

/** A domain's state with libvirt's reason word for it (`virsh domstate --reason`). */
export interface DomainState {
  readonly state: MachineState;
  readonly reason: string;
}

/** What must be done about an event, besides showing the state. */
export type Consequence =
  /** Nothing. */
  | 'none'
  /** The guest is off and QEMU waits: end QEMU, or start the guest again, as on_poweroff, on_reboot or a reboot that was asked for says. */
  | 'guest-off'
  /** The guest panicked: on_crash decides. */
  | 'guest-panicked';

/** What is known of a running domain that its next event is read with. */
export interface RunFacts extends DomainState {
  /** Why the vCPUs will have stopped when STOP comes: set by the action or event before it. */
  readonly pauseReason: string | undefined;
  /** Why they will have started when RESUME comes. */
  readonly resumeReason: string | undefined;
  /** QEMU reported SHUTDOWN: when it ends now, that is no crash. The reason is QEMU's (`guest-shutdown`, `host-signal`, …). */
  readonly shutdown: string | undefined;
  readonly panicked: boolean;
}

/** A domain whose QEMU was spawned with its vCPUs stopped. */
export const startingUp: RunFacts = {
  state: 'paused',
  reason: 'starting up',
  pauseReason: undefined,
  resumeReason: 'booted',
  shutdown: undefined,
  panicked: false,
};

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/**
 * Follows one QMP event (QEMU qapi/run-state.json and others) to libvirt's state and reason. Pure.
 *
 * @returns the facts after it, and what has to be done
 */
export function followEvent(facts: RunFacts, event: QmpEvent): { readonly facts: RunFacts; readonly consequence: Consequence } {
  const same = { facts, consequence: 'none' as const };
  switch (event.event) {
    case 'RESUME':
      return still({
        ...facts,
        state: 'running',
        reason: facts.resumeReason ?? 'unpaused',
        resumeReason: undefined,
        pauseReason: undefined,
      });
    case 'STOP':
      // After SHUTDOWN or a panic QEMU also stops the vCPUs: the stronger state stays.
      if (facts.state === 'in shutdown' || facts.state === 'crashed') return same;
      return still({ ...facts, state: 'paused', reason: facts.pauseReason ?? 'unknown', pauseReason: undefined });
    case 'BLOCK_IO_ERROR':
      return event.data['action'] === 'stop' ? still({ ...facts, pauseReason: 'I/O error' }) : same;
    case 'WATCHDOG':
      return event.data['action'] === 'pause' ? still({ ...facts, pauseReason: 'watchdog' }) : same;
    case 'SUSPEND':
      return still({ ...facts, state: 'pmsuspended', reason: 'unknown' });
    case 'WAKEUP':
      return facts.state === 'pmsuspended' ? still({ ...facts, state: 'running', reason: 'event wakeup' }) : same;
    case 'RESET':
      return facts.state === 'in shutdown' || facts.state === 'crashed' || facts.state === 'pmsuspended'
        ? still({
            ...facts,
            state: facts.state === 'pmsuspended' ? 'running' : 'paused',
            reason: 'starting up',
            shutdown: undefined,
            panicked: false,
          })
        : same;
    case 'GUEST_PANICKED':
      return { facts: { ...facts, state: 'crashed', reason: 'panicked', panicked: true }, consequence: 'guest-panicked' };
    case 'SHUTDOWN': {
      const reason = text(event.data['reason']) ?? (event.data['guest'] === true ? 'guest-shutdown' : 'host-signal');
      if (facts.panicked || reason === 'guest-panic') return still({ ...facts, shutdown: reason });
      return { facts: { ...facts, state: 'in shutdown', reason: 'user', shutdown: reason }, consequence: 'guest-off' };
    }
    default:
      return same;
  }
}

const still = (facts: RunFacts): { readonly facts: RunFacts; readonly consequence: Consequence } => ({ facts, consequence: 'none' });

/** What QEMU's answer to `query-status` says; undefined for no such answer. */
export function statusWord(answer: unknown): string | undefined {
  return typeof answer === 'object' && answer !== null && 'status' in answer && typeof answer.status === 'string'
    ? answer.status
    : undefined;
}

/**
 * The state of a machine that was found running, from `query-status` (QEMU qapi/run-state.json, RunState).
 *
 * @param known what was known of it before, so that its reason is kept where the state still fits
 */
export function stateOfStatus(status: string, known: DomainState | undefined): RunFacts {
  const make = (state: MachineState, reason: string, more: Partial<RunFacts> = {}): RunFacts => ({
    state,
    reason: known?.state === state ? known.reason : reason,
    pauseReason: undefined,
    resumeReason: undefined,
    shutdown: undefined,
    panicked: false,
    ...more,
  });
  switch (status) {
    case 'running':
      // The record was written right before the guest was let run, and its state after: a kill may have come between.
      return make('running', known?.reason === 'starting up' ? 'booted' : 'unknown');
    case 'prelaunch':
    case 'inmigrate':
      // Never ran: paused because the user wanted it so, or in the middle of a start.
      return make('paused', 'starting up', { resumeReason: 'booted' });
    case 'paused':
    case 'debug':
      return make('paused', 'user');
    case 'io-error':
      return { ...make('paused', 'I/O error'), reason: 'I/O error' };
    case 'watchdog':
      return { ...make('paused', 'watchdog'), reason: 'watchdog' };
    case 'suspended':
      return make('pmsuspended', 'unknown');
    case 'shutdown':
      return make('in shutdown', 'user', { shutdown: 'guest-shutdown' });
    case 'guest-panicked':
      return make('crashed', 'panicked', { panicked: true });
    case 'save-vm':
      return make('paused', 'saving');
    case 'finish-migrate':
    case 'postmigrate':
      return make('paused', 'migrating');
    default:
      return make('paused', 'unknown');
  }
}

/** The state after QEMU has ended. @param destroyed we forced it off */
export function stateAfterEnd(facts: RunFacts, destroyed: boolean): DomainState {
  if (destroyed) return { state: 'shut off', reason: 'destroyed' };
  if (facts.panicked) return { state: 'shut off', reason: 'crashed' };
  return { state: 'shut off', reason: facts.shutdown === undefined ? 'crashed' : 'shutdown' };
}

/** Says an event in words for the machine's log; `undefined` for those that tell a person nothing. */
export function describeEvent(event: QmpEvent): string | undefined {
  const { data } = event;
  switch (event.event) {
    case 'RESUME':
      return 'vCPUs run';
    case 'STOP':
      return 'vCPUs stopped';
    case 'SHUTDOWN':
      return `Shutdown (${text(data['reason']) ?? 'unknown reason'})`;
    case 'RESET':
      return `Reset (${text(data['reason']) ?? 'unknown reason'})`;
    case 'POWERDOWN':
      return 'The power button was pressed';
    case 'GUEST_PANICKED':
      return 'The guest panicked';
    case 'GUEST_CRASHLOADED':
      return 'The guest loaded its crash kernel';
    case 'BLOCK_IO_ERROR':
      return `I/O error on ${text(data['device']) ?? text(data['node-name']) ?? 'a disk'}: ${text(data['reason']) ?? 'unknown'} (${text(data['action']) ?? ''})`;
    case 'WATCHDOG':
      return `The watchdog fired (${text(data['action']) ?? ''})`;
    case 'SUSPEND':
      return 'The guest suspended to memory';
    case 'SUSPEND_DISK':
      return 'The guest suspended to disk';
    case 'WAKEUP':
      return 'The guest woke up';
    case 'DEVICE_DELETED':
      return text(data['device']) === undefined ? undefined : `The guest let go of ${text(data['device'])}`;
    case 'DEVICE_UNPLUG_GUEST_ERROR':
      return `The guest refused to let go of ${text(data['device']) ?? 'a device'}`;
    case 'DEVICE_TRAY_MOVED':
      return `Tray of ${text(data['id']) ?? 'a drive'} ${data['tray-open'] === true ? 'opened' : 'closed'}`;
    case 'RTC_CHANGE':
      return 'The guest set its clock';
    case 'BALLOON_CHANGE':
      return typeof data['actual'] === 'number' ? `Balloon: ${Math.round(data['actual'] / 1024)} KiB` : undefined;
    case 'NIC_RX_FILTER_CHANGED':
      return `The guest changed the receive filter of ${text(data['name']) ?? 'a NIC'}`;
    case 'NETDEV_STREAM_DISCONNECTED':
      return `The network backend of ${text(data['netdev-id']) ?? 'a NIC'} went away`;
    case 'MEMORY_FAILURE':
      return 'The host reported a memory failure';
    default:
      return undefined;
  }
}
