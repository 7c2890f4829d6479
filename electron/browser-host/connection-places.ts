/** What has a place: a TCP connection. */
interface Closable {
  destroy(): unknown;
}

/**
 * The places for connections. Any program of this computer can connect, and say nothing: so a connection that has not shown a session
 * keeps its place only until a newer one needs it, the oldest first. Those that have shown one keep theirs.
 */
export class ConnectionPlaces<C extends Closable> {
  /** In the order in which they came. */
  readonly #strangers = new Set<C>();
  readonly #known = new Set<C>();
  readonly #most: number;

  /** @param most connections at a time */
  constructor(most: number) {
    this.#most = most;
  }

  /** A connection has come. Where there is no place another is closed for it: the oldest stranger, which may be this one. */
  take(connection: C): void {
    this.#strangers.add(connection);
    if (this.#strangers.size + this.#known.size <= this.#most) return;
    const [oldest] = this.#strangers;
    if (oldest === undefined) return;
    this.#strangers.delete(oldest);
    oldest.destroy();
  }

  /** A connection has shown its session. */
  keep(connection: C): void {
    if (this.#strangers.delete(connection)) this.#known.add(connection);
  }

  /** A connection is gone. */
  leave(connection: C): void {
    this.#strangers.delete(connection);
    this.#known.delete(connection);
  }
}
