import type { MachineAction, MachineSummary } from '../../shared/contract/machines.ts';
import { open, refusal, type Standing } from '../state/use-link-status.ts';
import { isActive } from './machine-state.ts';

/** Whether an action can be asked for now; when not, why, in words for the tooltip. */
export interface Allowed {
  readonly allowed: boolean;
  readonly reason?: string;
}

const yes: Allowed = { allowed: true };
const no = (reason: string): Allowed => ({ allowed: false, reason });

/** What the buttons and menus say. Commands are in Title Case. */
export const actionLabels: Readonly<Record<MachineAction, string>> = {
  start: 'Start',
  'start-paused': 'Start Paused',
  shutdown: 'Shut Down',
  reboot: 'Reboot',
  reset: 'Force Reset',
  destroy: 'Force Off',
  suspend: 'Pause',
  resume: 'Resume',
};

/** Actions that lose what the guest has not written: asked about first. */
export const harmful: ReadonlySet<MachineAction> = new Set<MachineAction>(['reset', 'destroy']);

/**
 * What each action means for a machine in its present state. What its connection can't do at all is told as that, also where the state would
 * not allow it either.
 */
export function allowedActions(machine: MachineSummary, standing: Standing = open): Readonly<Record<MachineAction, Allowed>> {
  const allowed = Object.entries(allowedByState(machine)) as [MachineAction, Allowed][];
  return Object.fromEntries(
    allowed.map(([action, byState]) => {
      const refused = refusal(standing, action, machine);
      return [action, refused === undefined ? byState : no(refused)];
    }),
  ) as Record<MachineAction, Allowed>;
}

/** What the state alone allows. */
function allowedByState(machine: MachineSummary): Readonly<Record<MachineAction, Allowed>> {
  const all = (value: Allowed) => ({
    start: value,
    'start-paused': value,
    shutdown: value,
    reboot: value,
    reset: value,
    destroy: value,
    suspend: value,
    resume: value,
  });
  if (!isActive(machine)) {
    if (machine.transition?.kind === 'starting') return { ...all(no(`${machine.name} is starting`)), destroy: yes };
    return { ...all(no(`${machine.name} is shut off`)), start: yes, 'start-paused': yes };
  }
  const paused = machine.state === 'paused';
  const asleep = machine.state === 'pmsuspended';
  const running = no(`${machine.name} is running`);
  const still = no(`${machine.name} is paused, so the guest can't answer`);
  return {
    start: running,
    'start-paused': running,
    // Asked again while shutting down: a guest may have missed the first time, so it stays allowed.
    shutdown: paused ? still : yes,
    reboot: paused ? still : yes,
    reset: yes,
    destroy: yes,
    suspend: paused ? no(`${machine.name} is paused already`) : asleep ? no(`${machine.name} is asleep`) : yes,
    resume: paused || asleep ? yes : no(`${machine.name} is not paused`),
  };
}

/** After this long (ms), a transition says how long it lasts and offers the next harder step. */
export const patience = 10_000;

/** The harder step to offer for a transition that lasts, if there is one. */
export function harderStep(machine: MachineSummary, now: number): MachineAction | undefined {
  const { transition } = machine;
  if (!transition || now - transition.since < patience) return undefined;
  return transition.kind === 'stopping' || transition.kind === 'starting'
    ? 'destroy'
    : transition.kind === 'rebooting'
      ? 'reset'
      : undefined;
}
