// The part of jsdom that the tests use; it ships no types.
declare module 'jsdom' {
  export interface ParsedDocument {
    querySelector(selector: string): unknown;
    getElementsByTagNameNS(namespace: string, name: string): { readonly length: number };
  }
  export class JSDOM {
    constructor(html: string);
    readonly window: {
      readonly DOMParser: new () => { parseFromString(text: string, type: string): ParsedDocument };
      readonly XMLSerializer: new () => { serializeToString(document: ParsedDocument): string };
    };
  }
}
