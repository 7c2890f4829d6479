import { TapestryError } from '../../errors.ts';
import { positionAt } from './position.ts';

/**
 * Refuses a text at one of its places.
 *
 * @param offset UTF-16 units from the text's start
 * @throws TapestryError always: with line, column and what to do
 */
export function refuse(text: string, offset: number, message: string, code: 'xml-syntax' | 'xml-forbidden' = 'xml-syntax'): never {
  throw new TapestryError(code, message, {
    ...positionAt(text, offset),
    next: code === 'xml-syntax' ? 'Correct the XML at this place.' : 'Remove it: domain XML needs none.',
  });
}
