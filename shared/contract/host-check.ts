import { z } from 'zod';
import { errorFix } from '../errors.ts';

/** One check of the doctor: what was tried, what came out, and what mends it. */
export const hostCheck = z.object({
  id: z.string(),
  title: z.string(),
  status: z.enum(['ok', 'warning', 'error', 'running', 'skipped']),
  /** What was found, one sentence. */
  message: z.string(),
  /** The command that mends it, if one does. */
  command: z.string().optional(),
  fix: errorFix.optional(),
  detail: z.string().optional(),
});
/** See {@link hostCheck}. */
export type HostCheck = z.infer<typeof hostCheck>;
