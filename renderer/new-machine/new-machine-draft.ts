import { z } from 'zod';
import { readDraft } from '../state/drafts.ts';
import { useDraft } from '../state/use-draft.ts';
import type { NewMachineChoices } from './new-machine-plan.ts';

const pages = ['iso', 'disk', 'kernel', 'xml', 'demo'] as const;
/** What the dialog shows: a source, or the demo. */
export type NewMachinePage = (typeof pages)[number];

const schema = z.object({
  page: z.enum(pages),
  /** Where it is to be made. */
  connection: z.string(),
  /** Start when created. */
  start: z.boolean(),
  xml: z.string(),
  /** What was chosen, by the name of the field; what is missing has its default. */
  chosen: z.record(z.string(), z.union([z.string(), z.boolean()])),
});

type Kept = z.infer<typeof schema>;

const name = 'new-machine';

/** Was something typed into New VM that a reload of the page interrupted. */
export function hasNewMachineDraft(): boolean {
  return readDraft(name, schema) !== undefined;
}

/** What was typed into New VM: it is kept over a reload until a machine was made of it, or it is given up. */
export function useNewMachineDraft(initial: Kept) {
  const draft = useDraft(name, schema, initial);
  const { xml, chosen } = draft.value;
  return {
    ...draft,
    value: { ...draft.value, chosen: chosen as Partial<NewMachineChoices> },
    choose: (part: Partial<NewMachineChoices>) => draft.set((before) => ({ chosen: { ...before.chosen, ...part } })),
    /** More than the source was chosen. */
    typed: xml !== initial.xml || Object.values(chosen).some((value) => value !== ''),
  };
}
