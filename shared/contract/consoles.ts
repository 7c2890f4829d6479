import { z } from 'zod';
import { bytes, call, events } from './kinds.ts';
import { machineTarget } from './references.ts';

/**
 * State of one port. Offsets count bytes since power-on of this run of the machine. Where the connection keeps no history (`console-history`),
 * `start` is `end`, `recordedSince` null and `limit` 0.
 */
export const consoleState = z.object({
  /** connected: QEMU is at the other end; paused: the machine is paused; off: it doesn't run. */
  state: z.enum(['connected', 'paused', 'off', 'connecting', 'failed']),
  alias: z.string(),
  /** ms since the epoch; null when nothing was recorded. */
  recordedSince: z.number().nullable(),
  /** Oldest byte still on disk, and the number of bytes recorded so far. */
  start: z.number(),
  end: z.number(),
  /** Bound of the recording on disk, bytes. */
  limit: z.number(),
  viewers: z.number().int(),
  interactive: z.boolean(),
  message: z.string().optional(),
});
export type ConsoleState = z.infer<typeof consoleState>;

const port = { machine: machineTarget, alias: z.string().default('serial0') };

export const consoles = {
  /** Sends the state at once and at each change. */
  'consoles.watch': events(z.object(port), consoleState, { resumable: true, needs: ['console'] }),
  /**
   * The port itself: history from `from` (`'start'`, `'end'`, or an offset) where there is one, then live output; what is written goes to the guest.
   * Stays open over reboot, pause and power-off/on of the machine: the bytes of a new power-on follow those of the last one.
   * Any number may be open: nobody has to be disconnected for another to get in (virsh's `--force`), and none is refused
   * because another is open (`--safe`).
   */
  'consoles.open': bytes(
    z.object({
      ...port,
      from: z.union([z.enum(['start', 'end']), z.number().int().nonnegative()]).default('start'),
      readOnly: z.boolean().default(false),
      /**
       * What reads the output. `program`: every byte as the guest printed it. `terminal`: something that answers a terminal's queries
       * (CSI 6n and its like) as if the answer had been typed. It gets queries only as the guest prints them, and only while it is the
       * one that answers: where somebody typed last, else the one opened last; never with `readOnly`. Elsewhere, and in history, a
       * query is broken off and padded, so that offsets stay right (see shared/terminal-queries.ts).
       */
      viewer: z.enum(['program', 'terminal']).default('program'),
    }),
    { needs: ['console'] },
  ),
  /** The whole recording as one stream (for "save to file"), ends at the present end. */
  'consoles.recording': bytes(z.object(port), { needs: ['console-history'] }),
  'consoles.clear': call(z.object(port), z.object({}), { needs: ['console-history'] }),
};
