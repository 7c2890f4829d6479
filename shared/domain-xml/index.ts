/**
 * Domain XML: the lossless document, and what is read from it and written into it. Pure: the main process, the
 * command line and the window's forms use the same functions.
 */
export { maxXmlBytes, maxXmlDepth, parseXml, parseXmlBytes, serializeXml } from './xml/parse.ts';
export { canonicalizeXml } from './xml/canonicalize.ts';
export { attributePath, elementAt, follow, locate, pathOf, type Found } from './xml/path.ts';
export { positionAt, type Position } from './xml/position.ts';
export * from './xml/nodes.ts';
export { readDevice, readDomain, type ReadDevice, type ReadDomain, type ReadOptions } from './read/read-domain.ts';
export type { Problem } from './read/reader/findings.ts';
export { parseUuid } from './read/reader/reader.ts';
export type { ReadingContext } from './read/devices/interface.ts';
export {
  canonicalNicModel,
  defaultNicModel,
  isReservedTapName,
  isVirtioNicModel,
  knownNicModels,
  takesVnetHeader,
} from './read/devices/interface-names.ts';
export { maxInterfaceName, tapNameFault } from './read/devices/interface-checks.ts';
export { generateMac, parseMac, type MacFault } from './read/devices/mac.ts';
export { ipFamily, prefixOfNetmask } from './read/devices/ip.ts';
export { parseNumberSet } from './read/sections/cpu-set.ts';
export { toKiB, unitBytes } from './read/reader/sizes.ts';
export { qemuNamespace } from './read/sections/extras.ts';
export { driveAddressOf, targetIndex } from './read/devices/drive-address.ts';
export { findGenerated, isLibvirtNvram, withoutGenerated, type Generated, type GeneratedOptions } from './generated.ts';
export { isUnder, setAsideParts, tapestryNamespace, unnumbered, withSetAside } from './set-aside.ts';
export { applyFix, editsDefinition } from './apply-fix.ts';
export { filesNamedIn, relativePathProblems, type NamedFile } from './file-paths.ts';
export { diffDomains, type PendingChange } from './diff-domains.ts';
export { contextOf, updateInterface } from './write/update-interface.ts';
export { emptySource, switchInterfaceType, type RemovedPart } from './write/switch-interface-type.ts';
export { setName, setUuid } from './write/domain.ts';
export { newDomain, type NewDomain, type NewInterface } from './build/new-domain.ts';
export { diskLetters, freeTarget, targetPrefix } from './build/disk-target.ts';
export { maxPciIndex } from './read/checks/domain.ts';
export { allDevices } from '../domain/device-kinds.ts';
export { fragment, renderFragment, type Fragment } from './xml/fragment.ts';
export { applySplices, attributeSplice, insertionSplice, removalSplice, textSplice, type Splice } from './xml/edit.ts';
