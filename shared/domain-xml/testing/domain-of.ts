import type { Domain } from '../../domain/domain.ts';
import { readDomain } from '../read/read-domain.ts';
import type { XmlDocument } from '../xml/nodes.ts';

/** The domain of a document, whatever is wrong with it. */
export function domainOf(document: XmlDocument): Domain {
  return readDomain(document).domain;
}
