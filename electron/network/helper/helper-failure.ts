import { z } from 'zod';

/** The line of a helper that refuses or fails: words of its own, of a-z and dashes, and the kernel's error. */
export const helperFailure = z.object({
  ok: z.literal(false),
  error: z.string().max(40),
  what: z.string().max(40),
  errno: z.number().int(),
  errname: z.string().max(40),
});

/** What a refusing helper tells. */
export type HelperFailure = z.infer<typeof helperFailure>;

/** What the request was about, for the sentence. */
export interface HelperSubject {
  readonly program: string;
  /** The interface that is made or changed. */
  readonly name?: string | undefined;
  readonly bridge?: string | undefined;
  readonly lower?: string | undefined;
  /** Element path in the definition, where the request comes from one. */
  readonly path?: string | undefined;
}
