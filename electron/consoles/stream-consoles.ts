import type { z } from 'zod';
import type { ConsoleState, consoles } from '../../shared/contract/consoles.ts';
import type { ByteChannel, CallContext } from '../../shared/contract/kinds.ts';
import { EventHub } from '../../shared/event-hub.ts';
import type { ConsoleMachine, PortStream, StreamSource } from './console-source.types.ts';
import { MachineFollower } from './machine-follower.ts';
import { requirePort } from './require-port.ts';

/** What is asked for, of a machine by its name or UUID. */
type OpenInput = Pick<z.output<(typeof consoles)['consoles.open']['input']>, 'alias' | 'readOnly'> & { readonly machine: string };

const words = { running: 'connected', paused: 'paused', off: 'off' } as const;

/**
 * A connection's consoles over ports that are streams and nothing else: what was printed before somebody looked is gone. A viewer stays over
 * reboots, pauses and power cycles, as with a recorded port.
 */
export class StreamConsoles {
  readonly #source: StreamSource;
  /** Viewers of a port, by machine and alias. */
  readonly #viewers = new Map<string, number>();
  readonly #changed = new EventHub<string>();

  constructor(source: StreamSource) {
    this.#source = source;
  }

  /** State of a port at once and at each change. @throws TapestryError `not-found` */
  async *watch(ref: string, alias: string, signal: AbortSignal): AsyncGenerator<ConsoleState> {
    const machine = this.#source.machine(ref);
    requirePort(machine, alias);
    const follower = new MachineFollower<ConsoleMachine>(this.#source, machine.uuid, signal);
    const key = `${machine.uuid} ${alias}`;
    const unlisten = this.#changed.listen((changed) => changed === key && follower.notify());
    let told = '';
    try {
      while (!signal.aborted && !follower.over) {
        const changed = follower.change();
        const state = this.#stateOf(follower.current, alias, this.#viewers.get(key) ?? 0);
        const text = JSON.stringify(state);
        if (text !== told) yield state;
        told = text;
        await changed;
      }
    } finally {
      unlisten();
    }
  }

  /** What the guest prints from now on; what comes in goes to the guest. Until either side ends it or the machine is undefined. */
  async open({ machine: ref, alias, readOnly }: OpenInput, channel: ByteChannel, context: CallContext): Promise<void> {
    const machine = this.#source.machine(ref);
    requirePort(machine, alias);
    const over = new AbortController();
    const abort = () => over.abort();
    context.signal.addEventListener('abort', abort, { once: true });
    if (context.signal.aborted) abort();
    channel.closed.then(abort, abort);
    const follower = new MachineFollower<ConsoleMachine>(this.#source, machine.uuid, over.signal);
    over.signal.addEventListener('abort', () => follower.notify(), { once: true });
    const key = `${machine.uuid} ${alias}`;
    this.#count(key, 1);
    let port: PortStream | undefined;
    const show = async (): Promise<void> => {
      while (!over.signal.aborted && !follower.over) {
        if (follower.current.state === 'off') {
          await follower.change();
          continue;
        }
        port = this.#source.open(machine.uuid, alias, over.signal);
        for await (const bytes of port.output) await channel.write(bytes);
        port = undefined;
      }
    };
    const type = async (): Promise<void> => {
      for await (const bytes of channel.incoming) if (!readOnly) await port?.type(bytes);
    };
    try {
      await Promise.race([show(), type()]);
      channel.close();
    } catch (error) {
      // The viewer left in the middle of a write.
      if (!over.signal.aborted) throw error;
    } finally {
      this.#count(key, -1);
      context.signal.removeEventListener('abort', abort);
      abort();
    }
  }

  #count(key: string, by: number): void {
    const viewers = (this.#viewers.get(key) ?? 0) + by;
    if (viewers === 0) this.#viewers.delete(key);
    else this.#viewers.set(key, viewers);
    this.#changed.publish(key);
  }

  #stateOf(machine: ConsoleMachine, alias: string, viewers: number): ConsoleState {
    const interactive = machine.ports.find((port) => port.alias === alias)?.interactive ?? false;
    return { state: words[machine.state], alias, recordedSince: null, start: 0, end: 0, limit: 0, viewers, interactive };
  }
}
