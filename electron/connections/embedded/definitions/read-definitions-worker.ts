import { parentPort } from 'node:worker_threads';
import { TapestryError } from '../../../../shared/errors.ts';
import { factsOfDefinition } from './definition-facts.ts';
import type { DefinitionFacts } from '../ports/ports.ts';

/** A process, or a thread, that reads definitions: what they leave behind in memory ends with it. Texts in, facts out, in their order. */
const factsOf = (xml: string): DefinitionFacts | undefined => {
  try {
    return factsOfDefinition(xml);
  } catch (error) {
    if (error instanceof TapestryError) return undefined; // whoever needs it hears why, from a reading of its own
    throw error;
  }
};

if (parentPort === null) process.on('message', (texts: readonly string[]) => process.send?.(texts.map(factsOf)));
else parentPort.on('message', (texts: readonly string[]) => parentPort?.postMessage(texts.map(factsOf)));
