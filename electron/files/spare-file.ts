import { lstat } from 'node:fs/promises';
import { TapestryError } from '../../shared/errors.ts';
import { writeFileAtomically } from './atomic-file.ts';
import { fileError } from './file-errors.ts';
import { isMissing, readIfThere } from './if-there.ts';
import { patiently } from './patiently.ts';
import { putAside } from './put-aside.ts';

/** What a {@link SpareFile} holds. */
export interface SpareReading<T> {
  /** Undefined where there is no such file, or it can't be used. */
  readonly value: T | undefined;
  /** Why something that has the file's name can't be used: it is left as it is, and nothing is written in its place. */
  readonly trouble?: TapestryError;
}

/**
 * A file of ours that a host can do without, such as what it remembers of earlier runs. Whatever has its name (garbage, a directory, a link to
 * nothing, something unreadable) never ends the host and is never written over; garbage is put aside.
 */
export class SpareFile<T> {
  readonly #path: string;
  readonly #parse: (text: string) => T | undefined;

  /** @param parse undefined for a text that can't be understood */
  constructor(path: string, parse: (text: string) => T | undefined) {
    this.#path = path;
    this.#parse = parse;
  }

  /** What it holds now. Never throws for what is there. */
  async read(): Promise<SpareReading<T>> {
    try {
      const text = await patiently(() => readIfThere(this.#path));
      if (text === undefined) return { value: undefined, ...(await this.#linkToNothing()) };
      const value = this.#parse(text);
      if (value === undefined) await putAside(this.#path);
      return { value };
    } catch (error) {
      return { value: undefined, trouble: fileError(this.#path, 'read', error) };
    }
  }

  /** Replaces it. @throws TapestryError `io` where something stands there that can't be used, `storage-full` */
  async write(text: string): Promise<void> {
    const { trouble } = await this.read();
    if (trouble !== undefined) throw trouble;
    await writeFileAtomically(this.#path, text);
  }

  async #linkToNothing(): Promise<{ readonly trouble?: TapestryError }> {
    try {
      await lstat(this.#path);
    } catch (error) {
      if (isMissing(error)) return {};
      throw error;
    }
    return {
      trouble: new TapestryError('io', `${this.#path} is a link that leads to nothing.`, {
        next: 'Remove the link, or put back what it leads to.',
      }),
    };
  }
}
