import { createHash } from 'node:crypto';
import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { once } from 'node:events';
import type { PageFiles } from '../../electron/browser-host/page-files.ts';
import { pageHeaders } from '../../electron/browser-host/page-headers.ts';

/**
 * The window from its sources, as Vite makes them. It listens in the process that started this one, so that its news of changed files reach an
 * open page also while this host begins anew; the page itself comes through here, so that sign-on is that of a build, at one address.
 * @param vite its address on loopback: `http://127.0.0.1:PORT`
 */
export function windowFiles(vite: URL): PageFiles {
  const headers = { ...pageHeaders("'self'") };
  // Vite's script of the page is inline, its news come from another port, and its client waits for it in a worker made of text.
  headers['content-security-policy'] = (headers['content-security-policy'] ?? '')
    .replace("script-src 'self'", "script-src 'self' 'unsafe-inline'")
    .replace("worker-src 'self'", "worker-src 'self' blob:")
    .replace("connect-src 'self'", `connect-src 'self' ws://${vite.host}`);
  const build = createHash('sha256').update('sources').digest('base64url');
  return { build, serve: (_pathname, request, response) => passOn(vite, headers, request, response) };
}

/** Vite's answer, with our headers. */
async function passOn(
  vite: URL,
  headers: Readonly<Record<string, string>>,
  { method, url, headers: { accept, 'if-none-match': known } }: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const asked = ask(new URL(url ?? '/', vite), {
    ...(method === undefined ? {} : { method }),
    headers: { ...(accept === undefined ? {} : { accept }), ...(known === undefined ? {} : { 'if-none-match': known }) },
  });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  if (answer.statusCode === 404) {
    answer.resume();
    return false;
  }
  response.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...headers });
  await pipeline(answer, response);
  return true;
}
