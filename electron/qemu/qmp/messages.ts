import { z } from 'zod';

/** The greeting that a QMP server sends first (QEMU docs/interop/qmp-spec, "Server Greeting"). */
export const qmpGreeting = z.object({
  QMP: z.object({
    version: z.object({
      qemu: z.object({ major: z.number().int(), minor: z.number().int(), micro: z.number().int() }),
      package: z.string(),
    }),
    capabilities: z.array(z.unknown()),
  }),
});

/** See {@link qmpGreeting}. */
export type QmpGreeting = z.infer<typeof qmpGreeting>;

/** An asynchronous event. `timestamp` is the host's clock; both parts are -1 when QEMU could not read it. */
export const qmpEvent = z.object({
  event: z.string().min(1),
  data: z.record(z.string(), z.unknown()).default({}),
  timestamp: z.object({ seconds: z.number(), microseconds: z.number() }),
});

/** See {@link qmpEvent}. */
export type QmpEvent = z.infer<typeof qmpEvent>;

const id = z.union([z.string(), z.number()]).optional();

/** A command's answer: exactly one of `return` and `error`. The id is absent when QEMU could not parse the command. */
export const qmpSuccess = z.object({ id, return: z.unknown() }).refine((message) => 'return' in message);

/** See {@link qmpSuccess}. */
export const qmpFailure = z.object({ id, error: z.object({ class: z.string(), desc: z.string() }) });

/** What the peer can send after its greeting. */
export type QmpMessage =
  | { readonly kind: 'event'; readonly event: QmpEvent }
  | { readonly kind: 'success'; readonly id: string | number | undefined; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: string | number | undefined; readonly errorClass: string; readonly description: string };

/**
 * Sorts one parsed JSON value into the three kinds of message.
 *
 * @returns `undefined` when the value is none of them: the peer doesn't speak QMP
 */
export function classifyQmpMessage(value: unknown): QmpMessage | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if ('event' in value) {
    const event = qmpEvent.safeParse(value);
    return event.success ? { kind: 'event', event: event.data } : undefined;
  }
  if ('error' in value) {
    const failure = qmpFailure.safeParse(value);
    if (!failure.success) return undefined;
    return { kind: 'failure', id: failure.data.id, errorClass: failure.data.error.class, description: failure.data.error.desc };
  }
  if ('return' in value) {
    const success = qmpSuccess.safeParse(value);
    return success.success ? { kind: 'success', id: success.data.id, value: success.data.return } : undefined;
  }
  return undefined;
}
