import { createHash } from 'node:crypto';

/** What the store must know of a definition. Throws TapestryError for XML that is none. */
export type IdentifyDefinition = (xml: string) => { readonly uuid: string; readonly name: string };

/** One stored definition. */
export interface StoredDefinition {
  readonly uuid: string;
  readonly name: string;
  readonly xml: string;
  /** SHA-256 of the XML text, hexadecimal: what an edit started from. */
  readonly hash: string;
  readonly autostart: boolean;
}

/** Hash of a definition's text, as clients give it back in `expect`. */
export function definitionHash(xml: string): string {
  return createHash('sha256').update(xml).digest('hex');
}
