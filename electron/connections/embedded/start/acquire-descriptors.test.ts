import type { FileHandle } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { TapestryError } from '../../../../shared/errors.ts';
import type { DescriptorRequest } from '../../../qemu/plan/launch-plan.types.ts';
import { checkedBackend } from '../testing/checked-backend.ts';
import { acquireInOrder } from './acquire-descriptors.ts';
import type { StartRequest } from './start-request.ts';

const tap = (alias: string, interfaceIndex: number): DescriptorRequest => ({ kind: 'tap', alias, interfaceIndex, queue: 0, queues: 1 });
const requests: readonly DescriptorRequest[] = [
  { kind: 'recorder', alias: 'serial0', end: 'write' },
  tap('net0', 0),
  { kind: 'vhost-net', alias: 'net0', interfaceIndex: 0, queue: 0, path: '/dev/vhost-net' },
  tap('net1', 1),
  { kind: 'tpm', alias: 'tpm0', element: '/tpm', version: '2.0' },
  tap('net2', 2),
];

/** A start whose rooms only note what is asked of them. @param refused alias of the NIC that can't be had */
const start = (refused?: string) => {
  const done: string[] = [];
  const abort = new AbortController();
  let next = 10;
  const backend: StartRequest['backend'] = {
    ...checkedBackend(),
    prepareLogPort: (_path, end) => {
      done.push(`port ${end}`);
      return Promise.resolve({ fd: next++, close: () => Promise.resolve(void done.push('port closed')) } as unknown as FileHandle);
    },
    acquire: (wanted, _nics, { helper, firstNumber }) => {
      const names = wanted.map(({ kind, alias }) => `${kind} ${alias}`).join(', ');
      expect(helper).toBe(backend.helper);
      if (wanted.some(({ alias }) => alias === refused)) return Promise.reject(new TapestryError('bridge-missing', 'none'));
      done.push(`${names} from ${firstNumber ?? 3}`);
      return Promise.resolve({
        fds: wanted.map(() => next++),
        nics: [],
        handedOver: () => Promise.resolve((done.push(`${names} handed over`), [])),
        release: () => Promise.resolve(void done.push(`${names} released`)),
      });
    },
  };
  const request = { backend, facts: { uuid: 'u', name: 'n' }, paths: { runtime: '/r' }, signal: abort.signal } as StartRequest;
  const acquired = acquireInOrder(requests, [], request, ({ alias }) => {
    done.push(alias);
    return Promise.resolve({ fd: next++, release: () => Promise.resolve(void done.push(`${alias} closed`)) });
  });
  return { done, acquired, abort };
};

const made = ['port write', 'tap net0, vhost-net net0, tap net1 from 4', 'tpm0', 'tap net2 from 8'];

describe('what a start acquires', () => {
  it('comes in the order of the plan, each kind from its room, with the numbers that it has in QEMU', async () => {
    const { done, acquired } = start();
    const all = await acquired;
    expect(all.fds).toEqual([10, 11, 12, 13, 14, 15]);
    expect(done).toEqual(made);
    await all.handedOver(1);
    expect(done.slice(made.length)).toEqual([
      'tap net0, vhost-net net0, tap net1 handed over',
      'tap net2 handed over',
      'port closed',
      'tpm0 closed',
    ]);
  });

  it('goes again when one can’t be had: NICs first, the newest before the others', async () => {
    const { done, acquired } = start('net2');
    await expect(acquired).rejects.toMatchObject({ code: 'bridge-missing' });
    expect(done).toEqual([...made.slice(0, 3), 'tap net0, vhost-net net0, tap net1 released', 'port closed', 'tpm0 closed']);
  });

  it('isn’t begun when the start was cancelled', async () => {
    const { acquired, abort } = start();
    abort.abort();
    await expect(acquired).rejects.toMatchObject({ code: 'cancelled' });
  });
});
