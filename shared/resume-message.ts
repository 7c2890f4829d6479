/**
 * What a window signs to go on after its browser host was started again: HMAC-SHA-256, in hex, with the
 * text of the key that the earlier run gave it.
 * The origin is in it, so that an answer got out of a window elsewhere opens nothing here.
 * @param origin of the page, as its Origin header says
 * @param challenge of the present run of the host, base64url
 */
export function resumeMessage(origin: string, challenge: string): string {
  return `tapestry resume\n${origin}\n${challenge}`;
}

/** The header of a 401 that carries the challenge. */
export const challengeHeader = 'tapestry-challenge';
