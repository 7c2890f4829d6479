import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { errnoOf } from '../files/if-there.ts';

/** MIME types of what a build of the window holds. A file of another kind is served as bytes that nothing will run. */
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
};

/** A file that may be served. */
export interface StaticFile {
  readonly path: string;
  readonly size: number;
  readonly type: string;
  /** Its name holds a hash of its content, so it never changes. */
  readonly immutable: boolean;
}

/**
 * The file that a URL's path names inside the folder; undefined when it is malformed, leads out of it (by `..` or by a link),
 * or is no regular file.
 * @param folder a real path, absolute
 * @param pathname of the URL, still encoded
 */
export async function findStaticFile(folder: string, pathname: string): Promise<StaticFile | undefined> {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
  if (decoded.includes('\0') || decoded.includes('\\')) return undefined;
  const wanted = path.join(folder, decoded === '/' ? 'index.html' : decoded);
  if (!wanted.startsWith(folder + path.sep)) return undefined;
  try {
    const real = await realpath(wanted);
    const found = await stat(real);
    if (!real.startsWith(folder + path.sep) || !found.isFile()) return undefined;
    const type = types[path.extname(real)] ?? 'application/octet-stream';
    return { path: real, size: found.size, type, immutable: decoded.startsWith('/assets/') };
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** Sends the file's bytes behind headers that were set already. */
export async function sendStaticFile(file: StaticFile, response: ServerResponse): Promise<void> {
  await pipeline(createReadStream(file.path), response);
}
