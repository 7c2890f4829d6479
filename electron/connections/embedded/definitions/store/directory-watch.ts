import { watch, type FSWatcher } from 'node:fs';
import { freshFor, passes } from './definition-file.ts';
import { isDefinitionFileName } from './definition-name.ts';
import { keptAsideFrom } from './kept-aside.ts';

/** Several files change together when a person copies a backup in: wait this long for the rest, ms. */
const settleTime = 150;

/** A writer that never pauses doesn't keep a look from happening, ms. */
const longestWait = 2_000;

/** What the system couldn't read now is tried again after this time, ms. */
const retryTime = 5_000;

/**
 * Looks at a directory of definitions whenever it changed: a moment after the last change, and again when what may have been being written can be
 * judged.
 */
export class DirectoryWatch {
  readonly #look: () => Promise<void>;
  readonly #failed: (error: unknown) => void;
  readonly #watcher: FSWatcher;
  #timer: NodeJS.Timeout | undefined;
  #later: NodeJS.Timeout | undefined;
  /** The first change since the last look, ms since the epoch. */
  #since: number | undefined;
  #closed = false;

  /** @param failed told when the directory can't be watched, and what `look` throws; watching goes on */
  constructor(directory: string, look: () => Promise<void>, failed: (error: unknown) => void) {
    this.#look = look;
    this.#failed = failed;
    this.#watcher = watch(directory, (_type, file) => {
      if (file !== null && !isDefinitionFileName(file) && keptAsideFrom(file) === undefined) return;
      const now = Date.now();
      this.#since ??= now;
      this.#schedule(Math.max(0, Math.min(settleTime, this.#since + longestWait - now)));
    });
    this.#watcher.on('error', failed);
  }

  /** Looks again without a change. @param when a time, ms; `settled`: when nobody can be taken for still writing; `later`: when what failed may work */
  lookIn(when: number | 'settled' | 'later'): void {
    if (this.#closed) return;
    const time = when === 'settled' ? freshFor : when === 'later' ? retryTime : when;
    clearTimeout(this.#later);
    this.#later = setTimeout(() => this.#run(), time);
    this.#later.unref();
  }

  /** Ends it; a look that is under way goes on. */
  close(): void {
    this.#closed = true;
    this.#watcher.close();
    clearTimeout(this.#timer);
    clearTimeout(this.#later);
  }

  #schedule(time: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#run(), time);
  }

  #run(): void {
    this.#since = undefined;
    this.#look().catch((error: unknown) => {
      this.#failed(error);
      if (passes(error)) this.lookIn('later');
    });
  }
}
