import { attributeValue, firstChild } from '../../shared/domain-xml/xml/nodes.ts';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { readPlace } from '../xml/edits.ts';

/** The UEFI variables of a machine, for the question whether they go with its definition. */
export interface MachineVariables {
  /** The file that the definition names (formatdomain, "BIOS bootloader", <nvram>); undefined where Tapestry chooses it, in its own directory. */
  readonly path: string | undefined;
  /** They are in Tapestry's own directory, or go there. */
  readonly own: boolean;
}

/**
 * The UEFI variables of a definition; undefined for a machine that has none.
 *
 * @param stateDirectory the host's; undefined while it isn't known: then a named file counts as somebody else's
 */
export function machineVariables(xml: string, stateDirectory: string | undefined): MachineVariables | undefined {
  const os = firstChild(parseXml(xml).root, 'os');
  if (!os) return undefined;
  const named = firstChild(os, 'nvram');
  if (named) {
    const path = readPlace(named, 'source/@file') ?? readPlace(os, 'nvram');
    if (path !== undefined && path !== '') return { path, own: stateDirectory !== undefined && path.startsWith(`${stateDirectory}/`) };
    // A block device or a network disk stays in any case.
    if (firstChild(named, 'source')) return undefined;
  }
  const loader = firstChild(os, 'loader');
  if (loader && attributeValue(loader, 'stateless') === 'yes') return undefined;
  const flash = loader && attributeValue(loader, 'type') === 'pflash' && attributeValue(loader, 'readonly') === 'yes';
  return named || flash || attributeValue(os, 'firmware') === 'efi' ? { path: undefined, own: true } : undefined;
}
