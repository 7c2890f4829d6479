/** What screens need to know about machines. The connection that owns the machines implements it. */
import type { ScreensState } from '../../shared/contract/screens.ts';
import type { ConsoleSource, NamedMachine } from '../consoles/console-source.types.ts';
import type { ScreenSocket } from '../qemu/plan/screens.ts';

/** A machine as its screens see it. Data: two that are the same are told once. */
export interface ScreenMachine extends NamedMachine {
  readonly state: 'running' | 'paused' | 'silent' | 'off';
  /** Tells one power-on from the next; null when off. */
  readonly run: string | null;
  /** Its directory for sockets, which is only the user's; null when off. */
  readonly runtime: string | null;
  /** Of the running machine, or of the definition when it is off. */
  readonly screens: readonly ScreenSocket[];
  /** As the XML says them. */
  readonly displays: ScreensState['displays'];
  readonly clipboard: ScreensState['clipboard'];
}

/** What {@link file://./screens.ts} is made of. */
export interface ScreenSource extends ConsoleSource<ScreenMachine> {
  /**
   * Asks QEMU's monitor.
   * @param what as in “it can't be photographed”
   * @throws TapestryError `wrong-state` when the machine is off, `qmp` when QEMU refuses or doesn't answer, `cancelled`
   */
  ask(uuid: string, what: string, command: string, args?: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<unknown>;
}
