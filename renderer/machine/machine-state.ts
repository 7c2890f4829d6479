import { connectionLost, type Standing } from '../state/use-link-status.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';

/** The shapes of a state: each state has a shape and a word, never a colour alone. */
export type Glyph = 'disc' | 'ring' | 'arc' | 'bars' | 'half' | 'triangle' | 'crescent' | 'dashed';

/** The colour tokens that a state may use (`--tp-<tone>`). */
export type Tone = 'running' | 'paused' | 'off' | 'saved' | 'danger';

/** How a machine's state is shown. */
export interface ShownState {
  readonly word: string;
  readonly glyph: Glyph;
  readonly tone: Tone;
  /** The word isn't plain from the shape (a transition or trouble): lists print it too. */
  readonly telling: boolean;
}

const shown = (word: string, glyph: Glyph, tone: Tone, telling = false): ShownState => ({ word, glyph, tone, telling });

/** Does its guest stand still since a disk could not be read or written? */
export function stoppedByDisk({ state, reason }: Pick<MachineSummary, 'state' | 'reason'>): boolean {
  return state === 'paused' && reason === 'I/O error';
}

/**
 * The state of a machine as the window shows it (libvirt's states and reasons in people's words).
 * @param lost the link to the host is gone: what was running may no longer be
 */
export function shownState(machine: Pick<MachineSummary, 'state' | 'reason' | 'transition'>, lost = false): ShownState {
  if (lost) return shown('Unknown', 'dashed', 'off');
  // A paused guest answers nothing: what it was asked for waits until it goes on.
  if (machine.state === 'paused' && machine.transition?.kind === 'stopping')
    return shown('Paused while shutting down', 'bars', 'paused', true);
  if (machine.state === 'paused' && machine.transition?.kind === 'rebooting')
    return shown('Paused while rebooting', 'bars', 'paused', true);
  switch (machine.transition?.kind) {
    case 'starting':
      return shown('Starting', 'arc', 'running', true);
    case 'stopping':
      return shown('Shutting down', 'arc', 'off', true);
    case 'rebooting':
      return shown('Rebooting', 'arc', 'running', true);
    case 'saving':
      return shown('Saving', 'arc', 'saved', true);
    case 'migrating':
      return shown('Migrating', 'arc', 'saved', true);
    case undefined:
      break;
  }
  switch (machine.state) {
    case 'running':
    case 'idle':
      return shown('Running', 'disc', 'running');
    case 'paused':
      return stoppedByDisk(machine) ? shown('Paused: I/O error', 'bars', 'danger', true) : shown('Paused', 'bars', 'paused');
    case 'in shutdown':
      return shown('Shutting down', 'arc', 'off', true);
    case 'shut off':
      return machine.reason === 'saved' ? shown('Saved', 'half', 'saved') : shown('Shut off', 'ring', 'off');
    case 'crashed':
      return shown('Crashed', 'triangle', 'danger', true);
    case 'pmsuspended':
      return shown('Suspended', 'crescent', 'saved');
    case 'unknown':
      return shown('Unknown', 'dashed', 'off', true);
  }
}

/**
 * The state of a machine as it can be known: while its connection is away, what it was when it was last seen; while the link to the host is
 * lost, nothing.
 */
export function seenState(machine: Pick<MachineSummary, 'state' | 'reason' | 'transition'>, { away }: Standing): ShownState {
  if (away === undefined) return shownState(machine);
  return away === connectionLost ? shownState(machine, true) : shown(`Was ${shownState(machine).word.toLowerCase()}`, 'dashed', 'off');
}

/** True while a QEMU process belongs to the machine. */
export function isActive(machine: Pick<MachineSummary, 'id' | 'state'>): boolean {
  return machine.id !== null || !(machine.state === 'shut off' || machine.state === 'crashed' || machine.state === 'unknown');
}
