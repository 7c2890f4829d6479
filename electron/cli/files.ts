import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeXml } from '../../shared/domain-xml/xml/decode.ts';
import { maxXmlBytes } from '../../shared/domain-xml/xml/parse.ts';
import { CliError } from './context.ts';

/**
 * Reads a file that a user named (`-` is standard input).
 * @param most bytes; larger is refused before it is read whole
 */
export async function readInput(file: string, stdin: NodeJS.ReadStream, most: number = maxXmlBytes): Promise<Buffer> {
  const tooLarge = new CliError({ code: 'limit', message: `${file} is larger than ${most / 1024 / 1024} MiB.` });
  if (file === '-') {
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of stdin as AsyncIterable<Buffer>) {
      size += part.byteLength;
      if (size > most) throw tooLarge;
      parts.push(part);
    }
    return Buffer.concat(parts);
  }
  try {
    const handle = await open(file, 'r');
    try {
      if ((await handle.stat()).size > most) throw tooLarge;
    } finally {
      await handle.close();
    }
    const bytes = await readFile(file);
    if (bytes.byteLength > most) throw tooLarge;
    return bytes;
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError({ code: 'io', message: `Failed to open file '${file}': ${reason(error)}` });
  }
}

/** {@link readInput} as the text of XML, in the encoding that it declares. @throws TapestryError `xml-syntax` for bytes that aren't text in it */
export async function readXml(file: string, stdin: NodeJS.ReadStream): Promise<string> {
  return decodeXml(await readInput(file, stdin));
}

/** Makes the directory that results go to. */
export async function makeOutputDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    throw new CliError({ code: 'io', message: `Failed to make the directory '${directory}': ${reason(error)}` });
  }
}

/** `NAME` of `some/where/NAME.xml`. */
export function baseName(file: string): string {
  return path.basename(file).replace(/\.xml$/, '');
}

/** The system's words for why a file can't be had, without Node's prefix. */
export function reason(error: unknown): string {
  if (error instanceof Error && 'code' in error) {
    const words: Record<string, string> = {
      ENOENT: 'No such file or directory',
      EACCES: 'Permission denied',
      EISDIR: 'Is a directory',
      ENOTDIR: 'Not a directory',
      ENOSPC: 'No space left on device',
    };
    return words[String(error.code)] ?? error.message;
  }
  return error instanceof Error ? error.message : String(error);
}
