import { diffDomains, parseXml, readDomain } from '../../../shared/domain-xml/index.ts';
import { TapestryError } from '../../../shared/errors.ts';

/**
 * Does what runs differ from what is stored, so that something takes effect at the next start only? What a start fills in is no
 * difference. A text that can't be read counts as one: nobody can say that it is the same.
 *
 * @param stored the stored definition
 * @param live the live XML of the running machine
 */
export const differs = (stored: string, live: string): boolean => {
  try {
    const running = readDomain(parseXml(live), { live: true }).domain;
    return diffDomains(readDomain(parseXml(stored)).domain, running).length > 0;
  } catch (error) {
    if (!(error instanceof TapestryError)) throw error;
    return true;
  }
};
