import { expect, it } from 'vitest';
import type { StartRequest } from './start-request.ts';
import { cancelled, whyItFailed } from './why-it-failed.ts';

const request = (signal = new AbortController().signal) => ({ signal }) as StartRequest;
const why = (error: unknown, signal?: AbortSignal) => whyItFailed(error, request(signal), undefined, undefined);

it('tells a full disk from other failures of the system', async () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  expect(await why(full)).toMatchObject({ code: 'storage-full', data: { detail: expect.stringContaining('ENOSPC') as string } });
  expect(await why(new Error('odd'))).toMatchObject({ code: 'start-failed', data: { detail: 'Error: odd' } });
});

it('is the end that somebody made, whatever failed by it', async () => {
  expect(await why(new Error('odd'), AbortSignal.abort())).toEqual(cancelled());
});
