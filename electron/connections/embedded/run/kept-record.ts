import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SerialQueue } from '../../../../shared/serial-queue.ts';
import { readRuntimeRecord, writeRuntimeRecord, type RuntimeRecord } from './runtime-record.ts';

/** The record of a run as it is now, and its writing: one after another, the newest once. */
export class KeptRecord {
  /** What is known now. Set it for what is not to be written; else {@link change} it. */
  value: RuntimeRecord;

  readonly #path: string;
  readonly #writes = new SerialQueue();
  /** It was changed since it was last written. */
  #unwritten = false;
  /** The record on disk could not be read: it isn't written over before it can. */
  #unread: boolean;
  /** What was changed meanwhile. */
  #since: Partial<RuntimeRecord> = {};
  #directoryKept = false;
  #closed = false;

  /** @param unread `value` was made of other things, since the record on disk can't be read now: that one stays as it is until it can */
  constructor(path: string, value: RuntimeRecord, unread: boolean) {
    this.#path = path;
    this.value = value;
    this.#unread = unread;
  }

  /**
   * From now on its directory is made where somebody removed it: it is the machine's for as long as it runs. Not during a start, which removes it
   * itself when it fails.
   */
  keepDirectory(): void {
    this.#directoryKept = true;
  }

  /** Changes the record and writes it. @throws TapestryError `storage-full`, `io` */
  change(change: Partial<RuntimeRecord>): Promise<void> {
    this.value = { ...this.value, ...change };
    if (this.#unread) this.#since = { ...this.#since, ...change };
    this.#unwritten = true;
    return this.#writes.run(async () => {
      // The newest is written once: one that came meanwhile has this one in it.
      if (this.#closed || !this.#unwritten || !(await this.isKnown())) return;
      this.#unwritten = false;
      try {
        if (this.#directoryKept) await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
        await writeRuntimeRecord(this.#path, this.value);
      } catch (error) {
        this.#unwritten = true;
        throw error;
      }
    });
  }

  /** Is what stands on disk known, and may be written over? A record that could not be read before is taken up where it can be now. */
  async isKnown(): Promise<boolean> {
    if (!this.#unread) return true;
    const reading = await readRuntimeRecord(this.#path);
    if (reading.kind === 'unreadable') return false;
    this.#unread = false;
    if (reading.kind !== 'read') return true;
    const { uuid, qemu, monitor, state, phase } = this.value;
    this.value = { ...reading.record, ...this.#since, uuid, qemu, monitor, state, phase };
    return true;
  }

  /** Resolves when nothing is being written. */
  idle(): Promise<void> {
    return this.#writes.idle();
  }

  /** Nothing is written any more. */
  close(): void {
    this.#closed = true;
  }
}
