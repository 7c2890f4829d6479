import type { NicStep } from '../../../shared/contract/nic-steps.ts';
import { nicStepWords } from '../../../shared/words/nic-step-words.ts';

/** The words of the newest step of a timeline; empty where there is none. */
export function lastWords(timeline: readonly NicStep[] | undefined): string {
  const last = timeline?.at(-1);
  return last === undefined ? '' : nicStepWords(last);
}
