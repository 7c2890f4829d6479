import { join } from 'node:path';
import type { z } from 'zod';
import type { ByteChannel, CallContext } from '../../shared/contract/kinds.ts';
import type { ScreenState, ScreensState, screens } from '../../shared/contract/screens.ts';
import { TapestryError } from '../../shared/errors.ts';
import { EventHub } from '../../shared/event-hub.ts';
import { MachineFollower } from '../consoles/machine-follower.ts';
import type { ScreenSocket } from '../qemu/plan/screens.ts';
import { askDisplayServers, type DisplayServers } from './display-servers.ts';
import { sendKeys, typeText } from './press-keys.ts';
import { RfbClientFilter } from './rfb-client-filter.ts';
import { takeShot, type ScreenShot } from './screen-shot.ts';
import type { ScreenMachine, ScreenSource } from './screen-source.types.ts';
import { streamScreen } from './screen-stream.ts';

/** What is asked for, of a machine by its name or UUID: a screen knows no connections. */
type Input<K extends keyof typeof screens> = Omit<z.output<(typeof screens)[K]['input']>, 'machine'> & { readonly machine: string };

/** A connection's pictures of machines whose QEMU serves them on sockets of ours. Keeps nothing of a picture. */
export class Screens {
  readonly #source: ScreenSource;
  /** Open streams, by machine and screen. */
  readonly #viewers = new Map<string, number>();
  readonly #changed = new EventHub<string>();
  /** What the QEMU of a run said, by machine. */
  readonly #servers = new Map<string, { readonly run: string; readonly answer: Promise<DisplayServers> }>();

  constructor(source: ScreenSource) {
    this.#source = source;
  }

  /** Everything about the pictures of a machine, at once and at each change. @throws TapestryError `not-found` */
  async *watch(ref: string, signal: AbortSignal): AsyncGenerator<ScreensState> {
    const { uuid } = this.#source.machine(ref);
    const over = new AbortController();
    const abort = () => over.abort();
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    const follower = new MachineFollower<ScreenMachine>(this.#source, uuid, over.signal);
    const unlisten = this.#changed.listen((changed) => {
      if (changed === uuid) follower.notify();
    });
    let told = '';
    try {
      while (!over.signal.aborted && !follower.over) {
        const changed = follower.change();
        const state = await this.#stateOf(follower.current);
        const text = JSON.stringify(state);
        if (text !== told && !over.signal.aborted) yield state;
        told = text;
        await changed;
      }
    } finally {
      unlisten();
      abort();
      signal.removeEventListener('abort', abort);
    }
  }

  /** One screen as a stream. Until either side ends it, or QEMU goes. */
  async open({ machine: ref, screen: id, readOnly, clipboard }: Input<'screens.open'>, channel: ByteChannel, context: CallContext) {
    const machine = this.#source.machine(ref);
    const screen = screenOf(machine, id);
    const path = await this.#socketOf(machine, screen);
    const over = new AbortController();
    const abort = () => over.abort();
    context.signal.addEventListener('abort', abort, { once: true });
    if (context.signal.aborted) abort();
    channel.closed.then(abort, abort);
    const filter = new RfbClientFilter({ input: !readOnly, clipboard: clipboard && !readOnly });
    // A question is enough: that QEMU leaves it without an answer shows as the machine's state.
    const knock = () =>
      void this.#source.ask(machine.uuid, 'asked', 'query-status', undefined, over.signal).catch((error: unknown) => {
        if (!(error instanceof TapestryError)) console.error(`Looking after the QEMU of ${machine.name} failed:`, error);
      });
    this.#count(machine.uuid, screen.id, 1);
    try {
      await streamScreen(path, channel, filter, over.signal, knock);
      channel.close();
    } catch (error) {
      // The viewer left in the middle of a write.
      if (!over.signal.aborted) throw error;
    } finally {
      this.#count(machine.uuid, screen.id, -1);
      context.signal.removeEventListener('abort', abort);
      abort();
    }
  }

  /** The picture now. @throws TapestryError `wrong-state`, `not-found`, and as {@link takeShot} */
  async shot({ machine: ref, screen: id }: Input<'screens.shot'>, signal: AbortSignal): Promise<ScreenShot> {
    const machine = this.#source.machine(ref);
    // Also of one that nothing but SPICE shows: QEMU's first picture.
    const screen = id === undefined && machine.screens.length === 0 ? undefined : screenOf(machine, id);
    return takeShot(this.#source, machine, screen, signal);
  }

  /** Presses keys together. @throws TapestryError as {@link sendKeys} */
  async sendKey(input: Input<'screens.sendKey'>, signal: AbortSignal): Promise<void> {
    await sendKeys(this.#source, this.#source.machine(input.machine), input, signal);
  }

  /** Types a text. @throws TapestryError as {@link typeText} */
  async type(input: Input<'screens.type'>, signal: AbortSignal): Promise<void> {
    await typeText(this.#source, this.#source.machine(input.machine), input, signal);
  }

  /** Where a running machine's screen listens. @throws TapestryError `wrong-state`, `qmp`, `cancelled` */
  async #socketOf(machine: ScreenMachine, screen: ScreenSocket): Promise<string> {
    if (machine.runtime === null) throw new TapestryError('wrong-state', `“${machine.name}” is off: it shows nothing.`);
    const path = join(machine.runtime, screen.file);
    const { sockets } = await this.#serversOf(machine);
    if (!sockets.has(path)) throw new TapestryError('wrong-state', startedWithout, { next: powerCycle });
    return path;
  }

  /** What QEMU said of this run, asked once for all; again where it didn't answer. */
  #serversOf(machine: ScreenMachine): Promise<DisplayServers> {
    const known = this.#servers.get(machine.uuid);
    if (known !== undefined && known.run === machine.run) return known.answer;
    const answer = askDisplayServers(this.#source, machine);
    const entry = { run: machine.run ?? '', answer };
    this.#servers.set(machine.uuid, entry);
    answer.catch(() => {
      if (this.#servers.get(machine.uuid) === entry) this.#servers.delete(machine.uuid);
    });
    return answer;
  }

  async #stateOf(machine: ScreenMachine): Promise<ScreensState> {
    const { clipboard } = machine;
    const as = (state: ScreenState['state'], { id, video, model, head }: ScreenSocket): ScreenState => {
      return { id, video, model, head, state, viewers: this.#viewers.get(keyOf(machine.uuid, id)) ?? 0 };
    };
    const { runtime, state } = machine;
    if (runtime === null) {
      this.#servers.delete(machine.uuid);
      return { screens: machine.screens.map((one) => as('off', one)), displays: [...machine.displays], clipboard };
    }
    const servers =
      machine.displays.length === 0
        ? undefined
        : await this.#serversOf(machine).catch((error: unknown) => {
            if (error instanceof TapestryError) return undefined;
            throw error;
          });
    const stateNow = state === 'silent' || servers === undefined ? 'silent' : state === 'paused' ? 'paused' : 'ready';
    return {
      screens: machine.screens.map((one) =>
        servers?.sockets.has(join(runtime, one.file)) === false
          ? { ...as('missing', one), message: `${startedWithout} ${powerCycle}` }
          : as(stateNow, one),
      ),
      displays: [...(servers?.displays ?? machine.displays)],
      clipboard,
    };
  }

  #count(uuid: string, screen: string, by: number): void {
    const key = keyOf(uuid, screen);
    const viewers = (this.#viewers.get(key) ?? 0) + by;
    if (viewers === 0) this.#viewers.delete(key);
    else this.#viewers.set(key, viewers);
    this.#changed.publish(uuid);
  }
}

const startedWithout = 'The machine was started without this screen.';
const powerCycle = 'Power it off and start it again.';

const keyOf = (uuid: string, screen: string): string => `${uuid} ${screen}`;

/** A screen by its id, the first one without. @throws TapestryError `not-found` */
function screenOf(machine: ScreenMachine, id: string | undefined): ScreenSocket {
  const [first] = machine.screens;
  if (first === undefined) {
    throw new TapestryError('not-found', `“${machine.name}” has no screen.`, {
      next: "Add <graphics type='vnc'/> and a video device to it.",
    });
  }
  const screen = id === undefined ? first : machine.screens.find((one) => one.id === id);
  if (screen === undefined) {
    throw new TapestryError('not-found', `“${machine.name}” has no screen ${id}.`, {
      next: `It has: ${machine.screens.map((one) => one.id).join(', ')}.`,
    });
  }
  return screen;
}
