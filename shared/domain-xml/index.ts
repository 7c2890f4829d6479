/**
 * Domain XML: the lossless document, and what is read from it and written into it. Pure: the main process, the
 * command line and the window's forms use the same functions.
 */
export { maxXmlBytes, maxXmlDepth, parseXml, parseXmlBytes, serializeXml } from './xml/parse.ts';
export { canonicalizeXml } from './xml/canonicalize.ts';
export { attributePath, elementAt, follow, locate, pathOf, type Found } from './xml/path.ts';
export { positionAt, type Position } from './xml/position.ts';
export * from './xml/nodes.ts';
