import { readFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { nameIn } from '../../shared/contract/machine-key.ts';
import { called } from '../testing/called.ts';
import { consoles } from '../../shared/contract/consoles.ts';
import { connect } from '../../shared/rpc/client.ts';
import { byteWindow, type Transport } from '../../shared/rpc/protocol.ts';
import { serve } from '../../shared/rpc/server.ts';
import { type Pair, portPair, unixPair, webSocketPair } from '../rpc/testing/pairs.ts';
import { RecordedConsoles } from './recorded-consoles.ts';
import { recordingExtent } from './recording-files.ts';
import { FakeMachine } from './testing/fake-machine.ts';
import { until } from './testing/until.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** Lines that tell their place: a byte lost, doubled or out of order changes what follows. */
const numbered = (lines: number): Buffer =>
  Buffer.from(Array.from({ length: lines }, (_, line) => `${String(line).padStart(9, '0')}\n`).join(''));

/** The transport, and how many bytes went out on each of its channels. */
const counted = (transport: Transport): { transport: Transport; sent: Map<number, number> } => {
  const sent = new Map<number, number>();
  const sendBytes = (channel: number, bytes: Uint8Array) => {
    sent.set(channel, (sent.get(channel) ?? 0) + bytes.byteLength);
    transport.sendBytes(channel, bytes);
  };
  return { transport: { ...transport, sendBytes }, sent };
};

const residentKiB = async (pid: number): Promise<number> =>
  Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);

const transports: [string, () => Promise<Pair>][] = [
  ['the window’s port', portPair],
  ['a WebSocket', webSocketPair],
  ['a unix socket', unixPair],
];

test.each(transports)(
  'a flood over %s: a viewer that keeps up gets every byte in order, one that never reads costs no more than its window',
  async (_name, open) => {
    const machine = await FakeMachine.make(64 * 1024 * 1024);
    cleanups.push(() => machine.dispose());
    await machine.powerOn();
    const pair = await open();
    cleanups.push(() => pair.close());
    const { transport, sent } = counted(pair.server);
    const recorded = new RecordedConsoles(machine);
    const contract = { 'consoles.open': consoles['consoles.open'] };
    serve(
      contract,
      { 'consoles.open': (input, ...rest) => recorded.open({ ...input, machine: nameIn(input.machine) }, ...rest) },
      transport,
      { log: (error) => console.error(error) },
    );
    const link = connect(contract, pair.client);
    cleanups.push(() => link.close());

    const idle = link.api['consoles.open']({ machine: called('fake'), alias: 'serial0' });
    cleanups.push(() => idle.close());
    const keen = link.api['consoles.open']({ machine: called('fake'), alias: 'serial0' });
    const text = numbered(1_600_000);
    const reading = (async () => {
      let at = 0;
      for await (const bytes of keen.incoming) {
        if (!text.subarray(at, at + bytes.length).equals(bytes)) throw new Error(`something else than was printed at byte ${at}`);
        at += bytes.length;
        if (at === text.length) return;
      }
      throw new Error(`the channel ended at byte ${at}`);
    })();
    for (let at = 0; at < text.length; at += 65_536) await machine.print(text.subarray(at, at + 65_536));
    await reading;
    await until('all is recorded', async () => (await recordingExtent(machine.recordingDirectory, 'serial0')).end === text.length);

    expect([...sent.values()].toSorted((a, b) => a - b)).toEqual([byteWindow, text.length]);
    // Nor does the recorder keep for it what it doesn't read: that is on disk.
    expect(await residentKiB(await machine.recorderPid())).toBeLessThan(12_000);
  },
);
