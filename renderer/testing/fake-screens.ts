import type { Api } from '../../shared/contract/index.ts';
import type { ByteChannel } from '../../shared/contract/kinds.ts';
import type { MachineTarget } from '../../shared/contract/references.ts';
import type { ScreensState, ScreenState } from '../../shared/contract/screens.ts';
import { TapestryError } from '../../shared/errors.ts';
import { Feed, Feeds } from './fake-feed.ts';

type ScreenMethods = Extract<keyof Api, `screens.${string}`>;

const none: ScreensState = { screens: [], displays: [], clipboard: 'none' };

/** A screen that can be opened. */
export const fakeScreen: ScreenState = { id: 'video0', video: 'video0', model: 'vga', head: 0, state: 'ready', viewers: 0 };

/** The screens of the fake's machines, by UUID; a machine that isn't told of has none. */
export class FakeScreens {
  readonly #states = new Map<string, ScreensState>();
  readonly #news = new Map<string, Feeds<ScreensState>>();

  /** What there is to be seen of a machine from now on. */
  tell(uuid: string, state: Partial<ScreensState>): void {
    const whole = { ...none, ...state };
    this.#states.set(uuid, whole);
    this.#of(uuid).publish(whole);
  }

  #of(uuid: string): Feeds<ScreensState> {
    const feeds = this.#news.get(uuid) ?? new Feeds<ScreensState>();
    this.#news.set(uuid, feeds);
    return feeds;
  }

  #state(machine: MachineTarget): ScreensState {
    return ('uuid' in machine ? this.#states.get(machine.uuid) : undefined) ?? none;
  }

  #has(machine: MachineTarget): void {
    if (this.#state(machine).screens.length === 0) throw new TapestryError('not-found', 'This machine has no screen.');
  }

  /** The methods. A screen's stream is a server that says nothing. */
  readonly api: Pick<Api, ScreenMethods> = {
    'screens.watch': ({ machine }, options) =>
      this.#of('uuid' in machine ? machine.uuid : '').follow([this.#state(machine)], options?.signal),
    'screens.open': ({ machine }) => {
      this.#has(machine);
      const server = new Feed<Uint8Array>();
      const over = Promise.withResolvers<void>();
      return {
        incoming: server.items(),
        write: () => Promise.resolve(),
        close: () => {
          server.end();
          over.resolve();
        },
        closed: over.promise,
      } satisfies ByteChannel;
    },
    'screens.shot': async ({ machine }) => {
      this.#has(machine);
      return { png: onePixel, width: 1, height: 1 };
    },
    'screens.sendKey': () => Promise.resolve({}),
    'screens.type': () => Promise.resolve({}),
  };
}

/** A PNG of one pixel. */
const onePixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAfbLI3wAAAABJRU5ErkJggg==';
