import { z } from 'zod';
import { TapestryError } from '../../../shared/errors.ts';

/** One command of a QMP conversation with what came back: exactly one of `result` and `error`. */
export interface QmpExchange {
  readonly command: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
}

const request = z.object({ execute: z.string(), arguments: z.record(z.string(), z.unknown()).optional() });
const reply = z.object({ return: z.unknown() });
const failure = z.object({ error: z.object({ class: z.string(), desc: z.string() }) });

/** The biggest recording taken, in characters (a recording of QEMU 8.0 has 0.8 million). */
const MAX_RECORDING = 16 * 1024 * 1024;

/**
 * Reads a recorded QMP conversation: command and reply objects alternating, white space between.
 *
 * @throws TapestryError `invalid` when the text isn't one.
 */
export function parseReplies(text: string): QmpExchange[] {
  if (text.length > MAX_RECORDING) throw notARecording(`it is longer than ${MAX_RECORDING} characters`);
  const objects = splitObjects(text);
  const exchanges: QmpExchange[] = [];
  for (let i = 0; i < objects.length; i += 2) {
    const asked = request.safeParse(objects[i]);
    if (!asked.success) throw notARecording(`object ${i + 1} isn't a command`);
    const head = { command: asked.data.execute, arguments: asked.data.arguments ?? {} };
    const failed = failure.safeParse(objects[i + 1]);
    const answered = reply.safeParse(objects[i + 1]);
    if (failed.success) exchanges.push({ ...head, error: failed.data.error });
    else if (answered.success) exchanges.push({ ...head, result: answered.data.return });
    else throw notARecording(`object ${i + 2} isn't a reply`);
  }
  return exchanges;
}

const notARecording = (why: string, cause?: unknown) =>
  new TapestryError('invalid', `This isn't a recorded QMP conversation: ${why}.`, {
    next: 'Give a file in which QMP commands and their replies alternate.',
    path: 'capabilities',
    cause,
  });

/** Cuts a text of concatenated JSON objects at their ends (braces outside of strings balance there). */
const splitObjects = (text: string): unknown[] => {
  const objects: unknown[] = [];
  let depth = 0;
  let start = -1;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (inString) {
      if (c === '\\') i++;
      else if (c === '"') inString = false;
    } else if (c === '"') inString = true;
    else if (c === '{') {
      if (depth++ === 0) start = i;
    } else if (c === '}' && --depth === 0) {
      objects.push(parse(text.slice(start, i + 1)));
      start = -1;
    } else if (depth === 0 && c !== undefined && !/\s/.test(c)) throw notARecording(`unexpected '${c}' between two objects`);
  }
  if (depth !== 0 || inString) throw notARecording('it ends in the middle of an object');
  if (objects.length === 0) throw notARecording('it is empty');
  return objects;
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notARecording('one of its objects is malformed JSON', cause);
  }
};
