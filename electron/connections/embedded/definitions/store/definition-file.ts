import type { Stats } from 'node:fs';
import { lstat, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { maxXmlBytes } from '../../../../../shared/domain-xml/index.ts';
import { errnoOf } from '../../../../files/if-there.ts';
import { fileError } from '../../../../files/file-errors.ts';
import { definitionHash, type IdentifyDefinition } from './stored-definition.ts';

/** The text of a definition with what it says of itself. */
export interface DefinitionText {
  readonly uuid: string;
  readonly name: string;
  readonly xml: string;
  readonly hash: string;
}

/** One file of the directory as it was found. */
export interface DefinitionFile {
  /** Its name in the directory. */
  readonly file: string;
  /** What it is and when it changed; undefined where even that couldn't be asked. */
  readonly stats: Stats | undefined;
  /** When it was read, ms since the epoch. */
  readonly readAt: number;
  readonly definition?: DefinitionText;
  /** Why there is no definition. `passing`: the system couldn't read it now, which says nothing of the file. */
  readonly trouble?: { readonly kind: 'unreadable' | 'no-file' | 'passing'; readonly error: unknown };
}

/** How long a file that can't be understood counts as one that somebody is still writing, ms since it changed. */
export const freshFor = 2_000;

/** A change within this time before a reading may have come after it: clocks of file systems tick coarsely, ms. */
const coarse = 1_000;

/** Is it the same file with the same content, as far as can be known without reading it? */
const isUnchanged = (known: DefinitionFile, now: Stats): boolean => {
  const { stats, readAt, trouble } = known;
  return (
    stats !== undefined &&
    trouble?.kind !== 'passing' &&
    stats.ino === now.ino &&
    stats.dev === now.dev &&
    stats.size === now.size &&
    stats.mtimeMs === now.mtimeMs &&
    stats.ctimeMs === now.ctimeMs &&
    Math.abs(readAt - now.ctimeMs) > coarse
  );
};

/** May somebody still be writing this file, which can't be understood? */
export function isFresh({ stats, trouble }: DefinitionFile, now: number): boolean {
  return trouble?.kind === 'unreadable' && stats !== undefined && Math.abs(now - stats.mtimeMs) < freshFor;
}

/**
 * Reads one file, or takes what was read before where it didn't change since. It is never changed, moved or waited for.
 *
 * @param known what was read before
 * @returns undefined where nothing has that name, or a link leads to nothing
 */
export async function readDefinitionFile(
  directory: string,
  file: string,
  identify: IdentifyDefinition,
  known?: DefinitionFile,
): Promise<DefinitionFile | undefined> {
  const path = join(directory, file);
  let stats: Stats | undefined;
  try {
    stats = await stat(path);
    if (known !== undefined && isUnchanged(known, stats)) return known;
    const readAt = Date.now();
    // A pipe would be waited for, and a directory can't be read.
    if (!stats.isFile()) return noFile(file, stats, path, 'it is no file');
    if (stats.size > maxXmlBytes) return noFile(file, stats, path, `it has more than ${maxXmlBytes} bytes`);
    const bytes = await readFile(path);
    return { file, stats, readAt, ...understood(bytes, identify, known?.definition) };
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT') return undefined;
    const kind = code === 'ELOOP' ? 'no-file' : 'passing';
    return { file, stats, readAt: Date.now(), trouble: { kind, error: fileError(path, 'read', error) } };
  }
}

/**
 * A file that we have just written, without reading it back; undefined where it is a link, or may be another program's by now. Whoever replaces it
 * from here on changes it within {@link coarse} of this look, so that the next one reads it.
 *
 * @param begun when its writing began, ms since the epoch
 */
export async function writtenDefinition(
  directory: string,
  file: string,
  definition: DefinitionText,
  begun: number,
): Promise<DefinitionFile | undefined> {
  const readAt = Date.now();
  try {
    const stats = await lstat(join(directory, file));
    const isOurs =
      stats.isFile() &&
      stats.size === Buffer.byteLength(definition.xml) &&
      [stats.mtimeMs, stats.ctimeMs].every((at) => at > begun - coarse && at < readAt + coarse);
    return isOurs ? { file, stats, readAt, definition } : undefined;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined; // it is read, which says why it can't be looked at
  }
}

const noFile = (file: string, stats: Stats, path: string, why: string): DefinitionFile => ({
  file,
  stats,
  readAt: Date.now(),
  trouble: { kind: 'no-file', error: fileError(path, 'read', new Error(why)) },
});

const understood = (
  bytes: Buffer,
  identify: IdentifyDefinition,
  known: DefinitionText | undefined,
): Pick<DefinitionFile, 'definition' | 'trouble'> => {
  try {
    const xml = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (known?.xml === xml) return { definition: known };
    const { uuid, name } = identify(xml);
    return { definition: { uuid, name, xml, hash: definitionHash(xml) } };
  } catch (error) {
    return { trouble: { kind: 'unreadable', error } };
  }
};

/** Does the reason why something couldn't be read pass without anybody changing the file? */
export function passes(error: unknown): boolean {
  return ['EMFILE', 'ENFILE', 'ENOMEM', 'EIO', 'EAGAIN', 'ESTALE', 'EINTR'].includes(
    errnoOf(error) ?? errnoOf(error instanceof Error ? error.cause : undefined) ?? '',
  );
}

/** Is there something with this name, be it a link to nothing? @throws TapestryError `io` */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw fileError(path, 'looked at', error);
  }
}
