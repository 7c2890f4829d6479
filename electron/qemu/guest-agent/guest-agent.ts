import { TapestryError } from '../../../shared/errors.ts';
import { askAgent } from './ask-agent.ts';
import { readGuestInterfaces, type GuestInterface } from './guest-interfaces.ts';

/** How old an answer may be before the agent is asked again when somebody looks, ms. There is no event for what it tells. */
export const refreshAfter = 10_000;

/** How long a first look waits for the agent, ms; QEMU's own agent notices a client within 100 ms. */
const firstPatience = 1_500;

/** What the agent told last, or what went wrong when it was asked last; both while it has stopped answering. */
export interface AgentWord {
  readonly interfaces?: readonly GuestInterface[];
  /** When the agent told it, ms since the epoch. */
  readonly at?: number;
  readonly failure?: TapestryError;
}

/** For tests: another agent, another clock. */
export interface GuestAgentPorts {
  readonly ask: (path: string) => Promise<unknown>;
  readonly now: () => number;
  readonly firstPatience: number;
}

const real: GuestAgentPorts = { ask: (path) => askAgent(path, 'guest-network-get-interfaces'), now: Date.now, firstPatience };

/**
 * The interfaces of one guest, as its agent tells them from one opening of its port until it closes it: asked when somebody looks, at most
 * every {@link refreshAfter}, one question at a time.
 */
export class GuestAgent {
  readonly #path: string;
  readonly #ports: GuestAgentPorts;
  readonly #changed: () => void;
  #word: AgentWord = {};
  #askedAt: number | undefined;
  #asking: Promise<void> | undefined;

  /** @param path QEMU's socket of the channel @param changed called when a question was answered, or failed */
  constructor(path: string, changed: () => void, ports: Partial<GuestAgentPorts> = {}) {
    this.#path = path;
    this.#changed = changed;
    this.#ports = { ...real, ...ports };
  }

  /** What is known; asks anew where that is old, and waits for it only where nothing is known yet. */
  async look(): Promise<AgentWord> {
    const due = this.#askedAt === undefined || this.#ports.now() - this.#askedAt >= refreshAfter;
    if (due) void this.ask();
    if (this.#word.at === undefined && this.#word.failure === undefined && this.#asking !== undefined) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, this.#ports.firstPatience);
      });
      await Promise.race([this.#asking, late]);
      clearTimeout(timer);
    }
    return this.#word;
  }

  /** Asks now, or joins the question that is under way. Never rejects: a failure is in the word. */
  async ask(): Promise<AgentWord> {
    this.#asking ??= this.#question().finally(() => {
      this.#asking = undefined;
    });
    await this.#asking;
    return this.#word;
  }

  async #question(): Promise<void> {
    this.#askedAt = this.#ports.now();
    try {
      this.#word = { interfaces: readGuestInterfaces(await this.#ports.ask(this.#path)), at: this.#ports.now() };
    } catch (error) {
      const failure =
        error instanceof TapestryError
          ? error
          : new TapestryError('internal', 'Asking the guest agent failed.', { cause: error, detail: String(error) });
      this.#word = { ...this.#word, failure };
    }
    this.#changed();
  }
}
