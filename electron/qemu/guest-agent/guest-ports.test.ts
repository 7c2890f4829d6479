import { expect, test } from 'vitest';
import type { QmpEvent } from '../qmp/messages.ts';
import { GuestPorts } from './guest-ports.ts';

const monitor = (answers: unknown[]) => {
  let tell: (event: QmpEvent) => void = () => undefined;
  const asked: string[] = [];
  return {
    asked,
    port: (id: string, open: boolean) => tell({ event: 'VSERPORT_CHANGE', data: { id, open }, timestamp: { seconds: 1, microseconds: 2 } }),
    onEvent: (listener: (event: QmpEvent) => void) => {
      tell = listener;
      return () => undefined;
    },
    execute: (command: string) => {
      asked.push(command);
      const answer = answers.shift();
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
};

test('asks once, then follows the events; each opening has another number', async () => {
  const qmp = monitor([
    [
      { label: 'charchannel0', 'frontend-open': true, filename: 'unix:x' },
      { label: 'charchannel1', 'frontend-open': false, filename: 'unix:y' },
    ],
  ]);
  let changes = 0;
  const ports = new GuestPorts(qmp, () => (changes += 1));
  const first = await ports.opening('channel0');
  expect(first).toBeTypeOf('number');
  expect(await ports.opening('channel1')).toBeUndefined();
  expect(changes).toBe(1);
  qmp.port('channel0', false);
  expect(await ports.opening('channel0')).toBeUndefined();
  qmp.port('channel0', true);
  expect(await ports.opening('channel0')).not.toBe(first);
  expect(changes).toBe(3);
  expect(qmp.asked).toEqual(['query-chardev']);
});

test('an answer that failed is asked for again', async () => {
  const ports = new GuestPorts(
    monitor([new Error('gone'), 'nonsense', [{ label: 'charchannel0', 'frontend-open': true }]]),
    () => undefined,
  );
  await expect(ports.opening('channel0')).rejects.toThrow('gone');
  await expect(ports.opening('channel0')).rejects.toMatchObject({ code: 'qmp-protocol' });
  expect(await ports.opening('channel0')).toBeTypeOf('number');
});
