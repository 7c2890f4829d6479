import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { CustomScheme } from 'electron';

/** The page's origin in the desktop app: a scheme of our own, so that nothing is served over the network or from file://. */
export const pageOrigin = 'app://bundle';

/** Where a window starts. */
export const pageUrl = `${pageOrigin}/index.html`;

/** Must be registered before Electron is ready, once. Without `bypassCSP`: the policy below holds for it. */
export const pageScheme: CustomScheme = { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } };

/** MIME types of what a build of the window holds. A file of another kind is served as bytes that nothing will run. */
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
};

/**
 * The page's content security policy. Inline styles are needed by the terminal and the component library, which make style
 * elements; scripts come from the build alone, and the page has no network at all: its connection is a message port.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'none'",
  "worker-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const headers = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

const refuse = (status: number, text: string) => new Response(text, { status, headers: { ...headers, 'content-type': 'text/plain' } });

/**
 * Answers requests to `app://bundle/…` with files of the window's build: GET only, that host only, nothing outside the folder.
 * Files are read with fs, which looks into the package's archive too.
 * @param root folder of the window's build
 */
export const servePage = (root: string) => {
  const folder = path.resolve(root);
  return async (request: Request): Promise<Response> => {
    if (request.method !== 'GET') return refuse(405, 'method not allowed');
    const url = new URL(request.url);
    if (url.protocol !== 'app:' || url.host !== 'bundle') return refuse(404, 'not found');
    const file = fileOf(folder, url.pathname);
    if (file === undefined) return refuse(404, 'not found');
    try {
      const body = new Uint8Array(await readFile(file));
      return new Response(body, { headers: { ...headers, 'content-type': types[path.extname(file)] ?? 'application/octet-stream' } });
    } catch (error) {
      if (error instanceof Error && 'code' in error && ['ENOENT', 'EISDIR', 'ENOTDIR'].includes(String(error.code))) {
        return refuse(404, 'not found');
      }
      throw error;
    }
  };
};

/** The file that a URL's path names inside the folder; undefined when it is malformed or leads out of it. */
const fileOf = (folder: string, pathname: string): string | undefined => {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
  if (decoded.includes('\0')) return undefined;
  const file = path.join(folder, decoded === '/' ? 'index.html' : decoded);
  return file.startsWith(folder + path.sep) ? file : undefined;
};
