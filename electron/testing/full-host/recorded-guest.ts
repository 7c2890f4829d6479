import type { ConsoleState } from '../../../shared/contract/consoles.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { EventHub } from '../../../shared/event-hub.ts';
import type { Consoles } from '../../connections/connection.ts';
import { TestGuest } from '../../connections/test/guest.ts';
import type { TestMachine, TestMachines } from '../../connections/test/machines.ts';

/** A guest whose output is kept from power-on. */
export class RecordedGuest extends TestGuest {
  #history: Uint8Array = new Uint8Array(0);
  readonly printed = new EventHub<Uint8Array>();

  get history(): Uint8Array {
    return this.#history;
  }

  override boot(): void {
    this.clear();
    super.boot();
  }

  clear(): void {
    this.#history = new Uint8Array(0);
  }

  override print(words: string): void {
    const bytes = new TextEncoder().encode(words);
    this.#history = Buffer.concat([this.#history, bytes]);
    super.print(words);
    this.printed.publish(bytes);
  }
}

/** Serial ports with all that was printed since power-on. */
export function recordedPorts(machines: TestMachines): Consoles {
  const guestOf = ({ guest }: TestMachine): RecordedGuest => {
    if (guest instanceof RecordedGuest) return guest;
    throw new Error('the guest isn’t recorded');
  };
  const stateOf = (machine: TestMachine, alias: string): ConsoleState => ({
    state: machine.summary.id === null ? 'off' : machine.summary.state === 'paused' ? 'paused' : 'connected',
    alias,
    recordedSince: machine.summary.startedAt,
    start: 0,
    end: guestOf(machine).history.byteLength,
    limit: 1024 ** 2,
    viewers: 0,
    interactive: true,
  });
  return {
    watch: async function* ({ machine: target, alias }, { signal }) {
      const machine = machines.find(target);
      if (!/^serial\d$/.test(alias)) throw new TapestryError('not-found', `The machine has no serial port ${alias}.`);
      yield stateOf(machine, alias);
      for await (const event of machines.events.subscribe(signal, () => [])) if (event.kind === 'changed') yield stateOf(machine, alias);
    },
    open: async ({ machine: target, from, readOnly }, channel, { signal }) => {
      const guest = guestOf(machines.find(target));
      const port = guest.port(signal);
      const output = guest.printed.subscribe(signal, () => [
        guest.history.slice(from === 'start' ? 0 : from === 'end' ? guest.history.byteLength : from),
      ]);
      const typing = (async () => {
        for await (const bytes of channel.incoming) if (!readOnly) await port.type(bytes);
      })();
      for await (const bytes of output) await channel.write(bytes);
      await typing;
    },
    recording: ({ machine }, channel) => channel.write(guestOf(machines.find(machine)).history),
    clear: ({ machine }) => {
      guestOf(machines.find(machine)).clear();
      return Promise.resolve({});
    },
  };
}
