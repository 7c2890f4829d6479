import { keyOf, refOf } from '../../shared/contract/machine-key.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import { follow, type Link } from '../link/api.ts';
import type { Api } from '../../shared/contract/index.ts';
import type { ByteChannel } from '../../shared/contract/kinds.ts';
import { ConsoleSession } from './console-session.ts';

/** Open terminals that are kept when nobody looks; the oldest unseen one goes first (its recording brings it back). */
export const keptSessions = 12;

/** The window's open serial consoles, outside React: changing tab or machine neither drops the link nor the scrollback. */
export class ConsoleSessions {
  readonly #link: Link;
  readonly #sessions = new Map<string, ConsoleSession>();

  constructor(link: Link) {
    this.#link = link;
  }

  /** The session of a port; made (and connected) when there is none yet. */
  get(of: MachineRef, alias: string): ConsoleSession {
    const machine = refOf(of);
    const key = `${keyOf(machine)} ${alias}`;
    let session = this.#sessions.get(key);
    if (!session) {
      const link = this.#link;
      session = new ConsoleSession({
        open: (from: 'start' | 'end' | number): ByteChannel => link.api['consoles.open']({ machine, alias, from, viewer: 'terminal' }),
        watch: (onState) => follow(link, (api: Api, signal) => api['consoles.watch']({ machine, alias }, { signal }), onState),
      });
    }
    // Insertion order is the order of use.
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    this.#trim();
    return session;
  }

  /** Forgets the ports of a machine that is gone. */
  drop(machine: MachineRef): void {
    for (const [key, session] of this.#sessions) {
      if (!key.startsWith(`${keyOf(machine)} `)) continue;
      session.dispose();
      this.#sessions.delete(key);
    }
  }

  stop(): void {
    for (const session of this.#sessions.values()) session.dispose();
    this.#sessions.clear();
  }

  #trim(): void {
    for (const [key, session] of this.#sessions) {
      if (this.#sessions.size <= keptSessions) return;
      if (session.attached) continue;
      session.dispose();
      this.#sessions.delete(key);
    }
  }
}
