import type { z } from 'zod';
import type { xmlProblem } from '../../../contract/machines.ts';
import type { XmlAttribute, XmlDocument, XmlElement, XmlNode } from '../../xml/nodes.ts';
import { attributePath, locate, pathOf } from '../../xml/path.ts';

/** A finding about XML; see the contract. */
export type Problem = z.infer<typeof xmlProblem>;

/** After this many the reader stops collecting: nobody reads more. */
export const maxProblems = 500;

const hasText = (node: XmlNode): boolean => (node.kind === 'text' || node.kind === 'cdata') && /[^ \t\r\n]/.test(node.value);

/** What reading a document found: problems, and which parts somebody understood. */
export class Findings {
  readonly document: XmlDocument;
  readonly problems: Problem[] = [];
  #more = false;
  readonly #claimed = new Set<XmlElement | XmlAttribute>();
  readonly #claimedText = new Set<XmlElement>();
  readonly #claimedTrees = new Set<XmlElement>();

  constructor(document: XmlDocument) {
    this.document = document;
  }

  /** Records a problem at a path, with its line and column. */
  add(severity: Problem['severity'], path: string, message: string): void {
    if (this.problems.length < maxProblems) this.problems.push({ severity, path, message, ...locate(this.document, path) });
    else this.#more = true;
  }

  /** The problems by their place in the text; the last one says so when there were more than {@link maxProblems}. */
  inOrder(): readonly Problem[] {
    const sorted = this.problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
    if (!this.#more) return sorted;
    const { name } = this.document.root;
    return [...sorted, { severity: 'warning', path: `/${name}`, message: `There are more problems than these ${maxProblems}.` }];
  }

  claim(what: XmlElement | XmlAttribute): void {
    this.#claimed.add(what);
  }

  claimText(element: XmlElement): void {
    this.#claimedText.add(element);
  }

  /** Claims an element with everything in it: content that is inert by design, kept and never acted on. */
  claimTree(element: XmlElement): void {
    this.#claimedTrees.add(element);
  }

  /** Paths of everything that no reader understood, outermost only, in document order; at most {@link maxProblems}. */
  unclaimed(): string[] {
    return this.unclaimedUnder(this.document.root);
  }

  /** As {@link unclaimed}, of one element. */
  unclaimedUnder(root: XmlElement): string[] {
    const paths: string[] = [];
    const waiting: XmlElement[] = [root];
    for (let element = waiting.pop(); element !== undefined && paths.length < maxProblems; element = waiting.pop()) {
      if (this.#claimedTrees.has(element)) continue;
      if (!this.#claimed.has(element)) {
        paths.push(pathOf(element));
        continue;
      }
      for (const attribute of element.attributes) {
        const inert = this.#claimed.has(attribute) || attribute.name === 'xmlns' || attribute.name.startsWith('xmlns:');
        if (!inert) paths.push(attributePath(element, attribute.name));
      }
      const { children } = element;
      if (!this.#claimedText.has(element) && children.some(hasText)) paths.push(`${pathOf(element)}/text()`);
      // The first one on top. One by one: an element may have more children than a call can have arguments.
      for (let place = children.length - 1; place >= 0; place -= 1) {
        const child = children[place];
        if (child?.kind === 'element') waiting.push(child);
      }
    }
    return paths;
  }
}
