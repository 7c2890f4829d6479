import type { Machine } from '../machine/machine.ts';
import type { Backend, EmbeddedDirectories } from '../ports/ports.ts';
import type { RuntimeRecord } from '../run/runtime-record.ts';

/** What recovery needs. */
export interface RecoverRequest {
  readonly directories: EmbeddedDirectories;
  readonly backend: Backend;
  /** The machine of a record: the stored one, or a transient one made from the record. */
  machineOf(record: Pick<RuntimeRecord, 'uuid' | 'name' | 'definition'>): Machine;
  /** The machine with this UUID, where there is one. */
  known(uuid: string): Machine | undefined;
  /** A number for a machine whose own is lost. */
  nextId(): number;
  /** Told of what was cleaned up. */
  note(text: string): void;
}
