import type { ChildProcess } from 'node:child_process';
import { ipProgram } from './ip-json.ts';
import { spawnProcess } from '../../processes/spawn-process.ts';

/** Changes come in bursts (one TAP is half a dozen messages): they are told once, after this quiet, ms. */
const settle = 50;

/**
 * Tells when links or addresses of our network namespace change: one `ip monitor` for everybody who listens, none when nobody does
 * (Node has no netlink sockets).
 */
export class InterfaceEvents {
  readonly #listeners = new Set<() => void>();
  #monitor: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** Calls `listener` after each change until the returned function is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) {
      // Without descriptors nobody is told of changes: the next listener tries again, and who lists the interfaces gets the error.
      this.#start().catch(() => {
        this.#monitor = undefined;
      });
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop();
    };
  }

  async #start(): Promise<void> {
    const program = await ipProgram().catch(() => undefined); // who lists the interfaces gets the error with its sentence
    if (program === undefined || this.#listeners.size === 0 || this.#monitor !== undefined) return;
    const monitor = spawnProcess(program, ['-oneline', 'monitor', 'link', 'address'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { LC_ALL: 'C' },
    });
    this.#monitor = monitor;
    monitor.stdout.on('data', () => {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        for (const listener of this.#listeners) listener();
      }, settle);
    });
    const ended = () => {
      if (this.#monitor === monitor) this.#monitor = undefined;
    };
    monitor.on('error', ended);
    monitor.on('exit', ended);
    // What changed while it was starting would be missed.
    monitor.on('spawn', () => {
      for (const listener of this.#listeners) listener();
    });
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#monitor?.kill();
    this.#monitor = undefined;
  }
}
