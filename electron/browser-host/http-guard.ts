import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Who may speak to the browser host: holders of the token, from a page of ours, by one of our own names. */
export interface HttpGuard {
  /** 256 bits, base64url; goes into the URL's fragment, which no browser sends and no log shows. */
  readonly token: string;
  /** Does the Host header name us? Anything else is a page of a foreign name that was made to point here (DNS rebinding). */
  isOurHost(request: IncomingMessage): boolean;
  /** Does the Origin header name the page of this very host? Must be there. */
  isOurOrigin(request: IncomingMessage): boolean;
  /** Does the request carry the cookie that the token was exchanged for? */
  hasSession(request: IncomingMessage): boolean;
  /** The cookie for the right token; undefined for any other. */
  exchange(token: string): string | undefined;
}

/**
 * Makes the guard of one run: token and cookie are new each time. Cookies don't know ports, so the cookie's name holds it:
 * two hosts of one user must not sign each other out.
 * @param port the TCP port that is listened on
 */
export function httpGuard(port: number): HttpGuard {
  const token = randomBytes(32).toString('base64url');
  const session = randomBytes(32).toString('base64url');
  const cookie = `tapestry-${port}`;
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  return {
    token,
    isOurHost: (request) => hosts.has(request.headers.host ?? ''),
    isOurOrigin: (request) => request.headers.origin === `http://${request.headers.host ?? ''}`,
    hasSession: (request) => {
      let found = false;
      for (const part of (request.headers.cookie ?? '').split(';')) {
        const [name, value = ''] = part.trim().split('=', 2);
        if (name === cookie && equal(value, session)) found = true;
      }
      return found;
    },
    exchange: (given) => (equal(given, token) ? `${cookie}=${session}; Path=/; HttpOnly; SameSite=Strict` : undefined),
  };
}

/** Compares in a time that tells nothing of the contents or the length. */
function equal(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
