import type { ConsoleSource, NamedMachine, RecordedMachine } from './console-source.types.ts';

/** The latest state of a machine, and a way to wait for the next. */
export class MachineFollower<Machine extends NamedMachine = RecordedMachine> {
  /** As the source told it last. */
  current: Machine;
  /** The machine was undefined, or the signal aborted. */
  over = false;
  #waiters: (() => void)[] = [];

  /** @throws TapestryError `not-found` when there is no such machine */
  constructor(source: ConsoleSource<Machine>, ref: string, signal: AbortSignal) {
    this.current = source.machine(ref);
    // By UUID, so that a rename doesn't end it.
    void this.#follow(source.watch(this.current.uuid, signal));
  }

  async #follow(states: AsyncIterable<Machine>): Promise<void> {
    try {
      for await (const state of states) {
        this.current = state;
        this.notify();
      }
    } catch (error) {
      console.error(`Watching the machine ${this.current.name} failed:`, error);
    } finally {
      this.over = true;
      this.notify();
    }
  }

  /** Wakes all who wait. */
  notify(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }

  /** Resolves at the next change, or after `timeout` ms when one is given. */
  async change(timeout?: number): Promise<void> {
    if (this.over) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push(resolve);
    const timer = timeout === undefined ? undefined : setTimeout(resolve, timeout);
    await promise;
    clearTimeout(timer);
    this.#waiters = this.#waiters.filter((waiter) => waiter !== resolve);
  }
}
