import { open, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from '../files/if-there.ts';

/** One file of a recording: offset of its first byte, and the file. */
interface Segment {
  readonly start: number;
  readonly file: string;
}

const readSize = 65_536;

const listSegments = async (directory: string, alias: string): Promise<Segment[]> => {
  const names = await readdir(directory).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  return names
    .flatMap((name) => {
      const match = /^(.+)\.(\d{20})\.log$/.exec(name);
      return match?.[1] === alias ? [{ start: Number(match[2]), file: path.join(directory, name) }] : [];
    })
    .toSorted((a, b) => a.start - b.start);
};

/**
 * What is on disk of one port: offsets of the oldest byte and of the end. Both 0 when there is nothing. Works whether or
 * not a recorder is writing.
 * @throws the file system's error when the directory can't be read
 */
export async function recordingExtent(directory: string, alias: string): Promise<{ start: number; end: number }> {
  const segments = await listSegments(directory, alias);
  const first = segments[0];
  const last = segments.at(-1);
  if (first === undefined || last === undefined) return { start: 0, end: 0 };
  try {
    return { start: first.start, end: last.start + (await stat(last.file)).size };
  } catch (error) {
    // The recorder moved on between the two calls.
    if (isMissing(error)) return await recordingExtent(directory, alias);
    throw error;
  }
}

/**
 * The recorded bytes from `from` up to `to` (offsets), in pieces of at most 64 KiB. Begins later when `from` is no longer
 * kept, and skips what the recorder removes meanwhile: each piece has its offset.
 */
export async function* readRecording(
  directory: string,
  alias: string,
  from: number,
  to = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<{ offset: number; bytes: Uint8Array }> {
  let offset = from;
  for (let again = true; again;) {
    again = false;
    const segments = await listSegments(directory, alias);
    for (const [index, segment] of segments.entries()) {
      const next = segments[index + 1];
      if ((next !== undefined && next.start <= offset) || segment.start >= to) continue;
      const handle = await open(segment.file).catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      });
      if (handle === undefined) continue;
      try {
        offset = Math.max(offset, segment.start);
        for (;;) {
          const wanted = Math.min(readSize, to - offset);
          if (wanted <= 0) return;
          const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(wanted), 0, wanted, offset - segment.start);
          if (bytesRead === 0) break;
          yield { offset, bytes: buffer.subarray(0, bytesRead) };
          offset += bytesRead;
          again = true;
        }
      } finally {
        await handle.close();
      }
    }
    // What was written while the list was read through is in a new list.
  }
}

/** Removes what was recorded of one port. Only when no recorder runs: else ask the recorder. */
export async function removeRecording(directory: string, alias: string): Promise<void> {
  for (const segment of await listSegments(directory, alias)) await rm(segment.file, { force: true });
}
