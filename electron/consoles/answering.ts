/** One terminal's part in it. */
export interface AnsweringTerminal {
  /** Is this the terminal that answers, as of now? */
  isAsked(): boolean;
  /** Somebody typed at this terminal. */
  typed(): void;
  /** It doesn't look any more. */
  leave(): void;
}

/**
 * Who answers when the guest asks its terminal something (its size, its kind). Each of a port's terminals would, and the guest takes
 * a second answer for typing; so one is asked, and the others never see the question: the one where somebody typed last, since who
 * starts a program is who it asks, and as long as nobody has typed, the one that was opened last.
 */
export class Answering {
  /** By port; the last one answers. */
  readonly #terminals = new Map<string, { readonly typed: symbol[]; readonly silent: symbol[] }>();

  /** A terminal that can answer begins to look at a port (any text that names it). Call `leave` when it ends. */
  enter(port: string): AnsweringTerminal {
    const self = Symbol(port);
    const all = this.#terminals.get(port) ?? { typed: [], silent: [] };
    this.#terminals.set(port, all);
    all.silent.push(self);
    const remove = () => {
      for (const list of [all.typed, all.silent]) if (list.includes(self)) list.splice(list.indexOf(self), 1);
    };
    return {
      isAsked: () => (all.typed.at(-1) ?? all.silent.at(-1)) === self,
      typed: () => {
        if (all.typed.at(-1) === self) return;
        remove();
        all.typed.push(self);
      },
      leave: () => {
        remove();
        if (all.typed.length + all.silent.length === 0 && this.#terminals.get(port) === all) this.#terminals.delete(port);
      },
    };
  }
}
