import { z } from 'zod';
import { TapestryError } from '../../../shared/errors.ts';
import { helperFailure, type HelperFailure, type HelperSubject } from './helper-failure.ts';
import { wordsOf } from './helper-words.ts';

/** The version of the command protocol that this client speaks. */
export const protocolVersion = 2;

const success = z.object({
  ok: z.literal(true),
  /** The helper's clock, µs since the epoch: now, and when each step was done. An older helper, which `check` tells of, has none. */
  at: z.number().int().positive().optional(),
  steps: z.record(z.string().max(20), z.number().int().positive()).optional(),
  ifname: z.string().optional(),
  ifindex: z.number().int().positive().optional(),
  queues: z.number().int().optional(),
  mtu: z.number().int().optional(),
  mac: z.string().optional(),
  vnetHdr: z.boolean().optional(),
  proto: z.number().int().optional(),
  privilege: z.boolean().optional(),
  tun: z.boolean().optional(),
  /** Does the access list let this user put TAPs on any bridge? An older helper doesn't tell. */
  taps: z.boolean().optional(),
  pending: z.boolean().optional(),
  confirmed: z.boolean().optional(),
  removed: z.number().int().optional(),
  /** A bridge that an earlier run began, and was killed before it labelled it. */
  adopted: z.boolean().optional(),
});

/** One line of the helper, which is at most 512 bytes. */
export const helperReply = z.discriminatedUnion('ok', [success, helperFailure]);

/** What a successful helper tells. */
export type HelperSuccess = z.infer<typeof success>;

/** A helper's refusal as an error with a sentence, the field at fault and what mends it. The helper's own words are in its detail alone. */
export function helperError(reply: HelperFailure, subject: HelperSubject): TapestryError {
  const { code, message, ...more } = wordsOf(reply, subject);
  return new TapestryError(code, message, {
    ...more,
    detail: `${reply.error} ${reply.what}${reply.errname === '' ? '' : ` ${reply.errname}`}`,
    cause: reply,
  });
}

/** The helper's own word for why it refused (`intruder`); undefined for every other error. */
export function helperWord(error: unknown): string | undefined {
  const reply = error instanceof TapestryError ? helperFailure.safeParse(error.cause) : undefined;
  return reply?.success === true ? reply.data.error : undefined;
}
