import { expect, it } from 'vitest';
import type { StartRequest } from './start-request.ts';
import { EndedAtOnce } from '../../../processes/spawn-detached.ts';
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

it('names the NIC that QEMU’s words are about', async () => {
  const mcast = "<interface type='mcast'><source address='230.0.0.1' port='5558'/></interface>";
  const xml = `<domain type='qemu'><name>a</name><os><type>hvm</type></os><devices><interface type='user'/>${mcast}</devices></domain>`;
  const words = `qemu: -netdev {"type":"socket","mcast":"230.0.0.1:5558","id":"hostnet1"}: can't add socket to multicast group 230.0.0.1: No such device`;
  const error = await whyItFailed(new EndedAtOnce({ code: 1, signal: null }, words), { ...request(), xml }, undefined, undefined);
  expect(error.data).toMatchObject({ path: '/domain/devices/interface[2]/source', detail: words });
  expect(error.data.next).toContain('ip route add 224.0.0.0/4 dev');
});
