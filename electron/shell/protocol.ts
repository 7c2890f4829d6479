import { readFile, realpath } from 'node:fs/promises';
import type { CustomScheme } from 'electron';
import { pageHeaders } from '../browser-host/page-headers.ts';
import { findStaticFile } from '../browser-host/static-files.ts';

/** The page's origin in the desktop app: a scheme of our own, so that nothing is served over the network or from file://. */
export const pageOrigin = 'app://bundle';

/** Where a window starts. */
export const pageUrl = `${pageOrigin}/index.html`;

/** Must be registered before Electron is ready, once. Without `bypassCSP`: the policy below holds for it. */
export const pageScheme: CustomScheme = { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } };

/** The page has no network at all: its connection is a message port. */
const headers = { ...pageHeaders("'none'"), 'cache-control': 'no-cache' };

const refuse = (status: number, text: string) => new Response(text, { status, headers: { ...headers, 'content-type': 'text/plain' } });

/**
 * Answers requests to `app://bundle/…` with files of the window's build: GET only, that host only, nothing outside the folder.
 * Files are read with fs, which looks into the package's archive too.
 * @param root folder of the window's build
 */
export function servePage(root: string) {
  return async (request: Request): Promise<Response> => {
    if (request.method !== 'GET') return refuse(405, 'method not allowed');
    const url = new URL(request.url);
    if (url.protocol !== 'app:' || url.host !== 'bundle') return refuse(404, 'not found');
    const file = await findStaticFile(await realpath(root), url.pathname);
    if (file === undefined) return refuse(404, 'not found');
    return new Response(new Uint8Array(await readFile(file.path)), { headers: { ...headers, 'content-type': file.type } });
  };
}
