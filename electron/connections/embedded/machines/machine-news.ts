import type { Activity } from '../../../../shared/contract/computer.ts';
import { embeddedConnection } from '../../../../shared/contract/embedded-connection.ts';
import { now } from '../../../network/helper/clock.ts';
import type { NicRecord } from '../../../network/nics/nic-record.ts';
import { EventHub } from '../../../../shared/event-hub.ts';
import type { Machine } from '../machine/machine.ts';
import { nicActivity } from './nic-activity.ts';

/** How many of the last lines are kept for those who look later: of the activity, and of each machine's log. */
const kept = 200;

/** One line of a machine's log. `at`: ms since the epoch. */
export interface LogLine {
  readonly at: number;
  readonly text: string;
}

/** What was done to this computer and what happened to machines: told as it happens, and the last of it kept. */
export class MachineNews {
  readonly #activity = new EventHub<Activity>();
  #recent: Activity[] = [];
  readonly #logs = new Map<string, LogLine[]>();
  /** NICs of running machines as they were last looked at, by UUID. */
  readonly #nics = new Map<string, readonly NicRecord[]>();

  /** What happened lately, then what happens. */
  watchActivity(signal: AbortSignal): AsyncIterable<Activity> {
    return this.#activity.subscribe(signal, () => [...this.#recent]);
  }

  /** Says what was done to this computer. @param machine name of the machine it was done for @param device name of the interface */
  note(text: string, severity: Activity['severity'] = 'info', machine?: string, device?: string): void {
    const entry: Activity = {
      connection: embeddedConnection,
      at: now(),
      text,
      severity,
      ...(machine === undefined ? {} : { machine }),
      ...(device === undefined ? {} : { interface: device }),
    };
    this.#recent = [...this.#recent.slice(1 - kept), entry];
    this.#activity.publish(entry);
  }

  /** The last facts of a machine's life, oldest first. */
  recentLog(uuid: string): readonly LogLine[] {
    return this.#logs.get(uuid) ?? [];
  }

  /** Adds a line to a machine's log, as of now. */
  log(uuid: string, text: string): LogLine {
    const line = { at: Date.now(), text };
    this.#logs.set(uuid, [...this.recentLog(uuid).slice(1 - kept), line]);
    return line;
  }

  /** Says what was done to the devices of a machine's NICs since the last look. */
  tellNics(machine: Machine): void {
    const after = machine.run?.record.nics ?? [];
    for (const { text, severity, interface: device } of nicActivity(this.#nics.get(machine.uuid) ?? [], after, machine.facts.name))
      this.note(text, severity, machine.facts.name, device);
    if (after.length === 0) this.#nics.delete(machine.uuid);
    else this.#nics.set(machine.uuid, after);
  }

  /** A machine that was found running: only what was done to its NICs since `opened` (ms since the epoch) is news. */
  takeUpNics(machine: Machine, opened: number): void {
    const nics = machine.run?.record.nics;
    if (nics === undefined) return;
    this.#nics.set(
      machine.uuid,
      nics.map((nic) => ({ ...nic, timeline: nic.timeline.filter(({ at }) => at < opened) })),
    );
    this.tellNics(machine);
  }

  /** The machine is gone: what is left to be told of its NICs is told, its log goes. */
  forget(machine: Machine): void {
    this.tellNics(machine);
    this.#logs.delete(machine.uuid);
  }
}
