import { parseXml, readDomain, type ReadDomain, type XmlDocument } from '../../../../shared/domain-xml/index.ts';
import { Remembered } from './remembered.ts';
import { WhileSpare } from './while-spare.ts';

/** How many texts are remembered: a definition is read by several steps of a define and of a start. */
const limit = 32;

/** Longer texts, UTF-16 code units, aren't worth their memory: they are remembered only until it is wanted. */
const longest = 128 * 1024;

/** A define makes up to three texts of one: as given, completed, and with addresses. */
const longLimit = 3;

const documents = new Remembered<XmlDocument>(limit);
const readings = new Remembered<ReadDomain>(limit);
const longDocuments = new WhileSpare<XmlDocument>(longLimit);
const longReadings = new WhileSpare<ReadDomain>(longLimit);

/** As parseXml, remembered by text. @throws TapestryError `xml-syntax`, `xml-forbidden` */
export function parsedDefinition(xml: string): XmlDocument {
  return (xml.length > longest ? longDocuments : documents).of(xml, () => parseXml(xml));
}

/** The definition as a domain, with what is wrong with it; remembered by text. @throws TapestryError `xml-syntax`, `xml-forbidden` */
export function readingOf(xml: string): ReadDomain {
  return (xml.length > longest ? longReadings : readings).of(xml, () => readDomain(parsedDefinition(xml)));
}
