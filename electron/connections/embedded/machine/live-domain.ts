import { parseXml, readDomain } from '../../../../shared/domain-xml/index.ts';
import type { Domain } from '../../../../shared/domain/domain.ts';

const known = new WeakMap<object, { readonly xml: string; readonly domain: Domain }>();

/**
 * The domain of a machine as it runs, read once as long as its XML is the same: it is asked for each second while somebody looks.
 * @param machine what it belongs to: the reading goes with it
 */
export function liveDomain(machine: object, xml: string): Domain {
  const last = known.get(machine);
  if (last?.xml === xml) return last.domain;
  const { domain } = readDomain(parseXml(xml), { live: true });
  known.set(machine, { xml, domain });
  return domain;
}
