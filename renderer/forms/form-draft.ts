import { z } from 'zod';
import { keyOf } from '../../shared/contract/machine-key.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import { readDraft } from '../state/drafts.ts';

/** A draft of a form. */
export const formDraft = z.union([
  z.object({ base: z.object({ text: z.string(), hash: z.string() }), text: z.string() }),
  /** A device that is added: its own XML, which goes into whatever the definition is by now. */
  z.object({ element: z.string() }),
]);

/** The name of the draft of a form; `device` is the key of the device, or `add-…`. */
export function formDraftName(machine: MachineRef, device: string): string {
  return `form.${keyOf(machine)}.${device}`;
}

/** The text that a draft holds: a definition, or the XML of a device that was being added. */
export function formText(name: string): string | undefined {
  const draft = readDraft(name, formDraft);
  return draft && ('text' in draft ? draft.text : draft.element);
}
