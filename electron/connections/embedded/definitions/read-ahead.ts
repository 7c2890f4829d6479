import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../../../files/if-there.ts';
import { startDefinitionReader, type DefinitionReader } from './definition-reader.ts';
import type { KnownFacts } from './known-facts.ts';
import { isDefinitionFileName } from './store/definition-name.ts';
import { definitionHash } from './store/stored-definition.ts';

/** From so many unknown definitions in a batch on, reading them is worth a process. */
const worthIt = 10;

/** How many files are looked at, and their texts given to the reader, at once: few, since its heap is small. */
const batch = 25;

/** Longer texts are read by who needs them, bytes. */
const longest = 128 * 1024;

/**
 * Reads the definitions that aren't known yet in a process of its own, where they are many: a folder that was copied in, or the first opening by
 * another build. Reading a thousand of them leaves a hundred MB of garbage in the heap that does it, which would stay with the host for good.
 *
 * @param failed told when it can't be done: then they are read as they are needed
 */
export async function readAhead(directory: string, known: KnownFacts, failed: (error: unknown) => void): Promise<void> {
  let reader: DefinitionReader | undefined;
  try {
    const names = (await readdir(directory)).filter(isDefinitionFileName);
    for (let from = 0; from < names.length; from += batch) {
      const texts = await unknownOf(directory, names.slice(from, from + batch), known);
      if (texts.length === 0 || (reader === undefined && texts.length < worthIt)) continue;
      reader ??= startDefinitionReader();
      if (reader === undefined) return;
      const facts = await reader.read(texts);
      for (const [place, made] of facts.entries()) {
        const text = texts[place];
        if (made !== undefined && text !== undefined) known.of(definitionHash(text), () => made);
      }
    }
  } catch (error) {
    if (!isMissing(error)) failed(error);
  } finally {
    await reader?.[Symbol.asyncDispose]();
  }
}

const unknownOf = async (directory: string, names: readonly string[], known: KnownFacts): Promise<readonly string[]> => {
  const texts: string[] = [];
  for (const name of names) {
    const path = join(directory, name);
    // One that can't be read, or was removed since, is the store's to tell of.
    const stats = await stat(path).catch(() => undefined);
    if (stats?.isFile() !== true || stats.size > longest) continue;
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined && known.get(definitionHash(text)) === undefined) texts.push(text);
  }
  return texts;
};
