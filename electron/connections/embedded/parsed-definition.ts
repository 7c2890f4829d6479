import { parseXml, readDomain, type ReadDomain, type XmlDocument } from '../../../shared/domain-xml/index.ts';
import { Remembered } from './remembered.ts';

/** How many texts are remembered: a definition is read by several steps of a define and of a start. */
const limit = 32;

/** Longer texts, UTF-16 code units, are read again each time: they aren't worth their memory. */
const longest = 128 * 1024;

const documents = new Remembered<XmlDocument>(limit);
const readings = new Remembered<ReadDomain>(limit);

/** As parseXml, remembered by text. @throws TapestryError `xml-syntax`, `xml-forbidden` */
export const parsedDefinition = (xml: string): XmlDocument =>
  xml.length > longest ? parseXml(xml) : documents.of(xml, () => parseXml(xml));

/** The definition as a domain, with what is wrong with it; remembered by text. @throws TapestryError `xml-syntax`, `xml-forbidden` */
export const readingOf = (xml: string): ReadDomain =>
  xml.length > longest ? readDomain(parseXml(xml)) : readings.of(xml, () => readDomain(parsedDefinition(xml)));
