import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { resumeMessage } from '../../shared/resume-message.ts';

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
  /** 256 bits, base64url; for windows with a session, to go on with after this run. Never sent to a server again. */
  readonly key: string;
  /** What a window of an earlier run has to sign; 256 bits of this run, base64url. */
  readonly challenge: string;
  /** The cookie for {@link resumeMessage} of this run, signed with the key of an earlier one; undefined for anything else. */
  resume(request: IncomingMessage, signature: string): string | undefined;
}

/**
 * Makes the guard of one run: token, cookie and key are new each time. A cookie that outlived its run would be sent to whoever takes
 * the port in between; a key stays in its windows, and they only sign with it. Cookies don't know ports, so the cookie's name holds it:
 * two hosts of one user must not sign each other out.
 * @param port the TCP port that is listened on
 * @param earlier keys of earlier runs on this port
 */
export function httpGuard(port: number, earlier: readonly string[] = []): HttpGuard {
  const challenge = randomBytes(32).toString('base64url');
  const token = randomBytes(32).toString('base64url');
  const session = randomBytes(32).toString('base64url');
  const cookie = `tapestry-${port}`;
  const given = `${cookie}=${session}; Path=/; HttpOnly; SameSite=Strict`;
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
    exchange: (offered) => (equal(offered, token) ? given : undefined),
    key: randomBytes(32).toString('base64url'),
    challenge,
    resume: (request, signature) => {
      const message = resumeMessage(request.headers.origin ?? '', challenge);
      let found = false;
      for (const key of earlier) {
        const expected = createHmac('sha256', key).update(message).digest('hex');
        if (equal(signature, expected)) found = true;
      }
      return found ? given : undefined;
    },
  };
}

/** Compares in a time that tells nothing of the contents or the length. */
function equal(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
