import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectToHost } from './connect.ts';

/** A browser whose WebSocket is refused, and a host that answers questions about the session so. */
function refusing(session: () => Promise<Response>) {
  const asked: unknown[] = [];
  vi.stubGlobal(
    'WebSocket',
    class extends EventTarget {
      constructor() {
        super();
        queueMicrotask(() => this.dispatchEvent(new Event('error')));
      }
    },
  );
  vi.stubGlobal('fetch', (address: unknown) => {
    asked.push(address);
    return session();
  });
  return asked;
}

const connect = () => connectToHost(new AbortController().signal);

describe('a WebSocket that the browser host refuses', () => {
  beforeEach(() => vi.unstubAllGlobals());
  afterEach(() => vi.unstubAllGlobals());

  it('means that the session is over where the host says so: knocking again is of no use', async () => {
    const asked = refusing(() => Promise.resolve(new Response(null, { status: 401 })));
    await expect(connect()).rejects.toMatchObject({
      code: 'unauthorized',
      data: { next: expect.stringContaining('tapestry serve') as string },
    });
    expect(asked).toEqual(['/session']);
  });

  it('means that the host is gone where it answers otherwise or not at all: it is tried again', async () => {
    refusing(() => Promise.resolve(new Response(null, { status: 204 })));
    await expect(connect()).rejects.toMatchObject({ code: 'closed' });
    refusing(() => Promise.reject(new TypeError('Failed to fetch')));
    await expect(connect()).rejects.toMatchObject({ code: 'closed' });
  });
});
