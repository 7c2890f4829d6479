import { diffDomains, parseXml, readDomain } from '../../../../shared/domain-xml/index.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import type { RuntimeRecord } from '../run/runtime-record.ts';

/**
 * Does what runs differ from what is stored, so that something takes effect at the next start only? What a start fills in is no
 * difference. A text that can't be read counts as one: nobody can say that it is the same.
 *
 * @param stored the stored definition
 * @param live the live XML of the running machine
 */
export function differs(stored: string, live: string): boolean {
  try {
    const running = readDomain(parseXml(live), { live: true }).domain;
    return diffDomains(readDomain(parseXml(stored)).domain, running).length > 0;
  } catch (error) {
    if (!(error instanceof TapestryError)) throw error;
    return true;
  }
}

/** Whether something of a running machine takes effect at its next start only. Remembers the last comparison. */
export class PendingChanges {
  #compared: { readonly stored: string; readonly live: string; readonly differs: boolean } | undefined;

  /** @param stored the stored definition, @param record of the run. Texts that were never changed apart need no comparison. */
  of(stored: string, { liveXml, definition, diverged, detachPending }: RuntimeRecord): boolean {
    if (!diverged && definition === stored) return false;
    // The live XML still has a device that was asked to go from the running machine.
    if (diverged && detachPending.length > 0) return true;
    if (this.#compared?.stored !== stored || this.#compared.live !== liveXml)
      this.#compared = { stored, live: liveXml, differs: differs(stored, liveXml) };
    return this.#compared.differs;
  }
}
