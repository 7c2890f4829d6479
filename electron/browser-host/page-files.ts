import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { TapestryError } from '../../shared/errors.ts';
import { pageHeaders } from './page-headers.ts';
import { findStaticFile, sendStaticFile } from './static-files.ts';

/** The window's files, for who has a session: the host has judged Host, Origin and cookie before it asks. */
export interface PageFiles {
  /** Names this build, a SHA-256 in base64url: windows of another one aren't taken up by a later run of the host. */
  readonly build: string;
  /**
   * Answers a GET or HEAD with its headers.
   * @param pathname of the URL, still encoded
   * @returns false where there is no such file: nothing was sent
   */
  serve(pathname: string, request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}

/** Only what the window needs, only from here. */
const headers = pageHeaders("'self'");

/**
 * The files of a build of the window.
 * @param directory as the user names it
 * @throws TapestryError `host-missing` when it isn't there, or has no page
 */
export async function builtPage(directory: string): Promise<PageFiles> {
  const missing = (detail: string) => (cause: unknown) => {
    throw new TapestryError('host-missing', 'The window’s files are missing.', { next: 'Build them: npm run build', detail, cause });
  };
  const folder = await realpath(directory).catch(missing(directory));
  const page = await readFile(path.join(folder, 'index.html')).catch(missing(folder));
  return {
    // The page names its scripts by their content.
    build: createHash('sha256').update(page).digest('base64url'),
    serve: async (pathname, request, response) => {
      const file = await findStaticFile(folder, pathname);
      if (file === undefined) return false;
      response.writeHead(200, {
        ...headers,
        'content-type': file.type,
        'content-length': file.size,
        'cache-control': file.immutable ? 'private, max-age=31536000, immutable' : 'no-cache',
      });
      if (request.method === 'HEAD') response.end();
      else await sendStaticFile(file, response);
      return true;
    },
  };
}
