import { setAsideParts, withSetAside, type Problem } from '../../../../shared/domain-xml/index.ts';
import { parsedDefinition } from './parsed-definition.ts';

/** How often a definition is looked at again: of two parts in one place planning tells one at a time. */
const rounds = 5;

/**
 * The definition with a note that everything in its way that can be set aside is. What can't be stays in the way.
 *
 * @param problems all that is wrong with a definition
 */
export async function withoutObstacles(xml: string, problems: (xml: string) => Promise<readonly Problem[]>): Promise<string> {
  let text = xml;
  for (let round = 0; round < rounds; round += 1) {
    const document = parsedDefinition(text);
    const known = setAsideParts(document);
    const found = (await problems(text)).flatMap(({ path, fixes = [] }) =>
      fixes.flatMap((fix) => (fix.kind === 'set-aside' ? [fix.path ?? path] : [])),
    );
    const next = withSetAside(document, [...known, ...found]).text;
    if (next === text) return text;
    text = next;
  }
  return text;
}

/** What a start leaves out by the user's word, as its machine's log says it; undefined for none. */
export function setAsideWords(xml: string): string | undefined {
  const parts = setAsideParts(parsedDefinition(xml));
  return parts.length === 0 ? undefined : `Starts without what was set aside: ${parts.join(', ')}`;
}
