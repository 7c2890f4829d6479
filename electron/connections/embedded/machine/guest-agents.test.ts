import { expect, test } from 'vitest';
import { TapestryError } from '../../../../shared/errors.ts';
import { nic } from '../../../network/testing/tools.ts';
import { wordOn } from './guest-agents.ts';

const one = nic({ type: 'bridge', bridge: 'br0' }, { mac: '52:54:00:E4:2E:C1' });
const mac = '52:54:00:e4:2e:c1';
const address = { address: '10.0.0.9', prefix: 24, family: 'ipv4' } as const;

test('addresses of a NIC are those of everything in the guest that has its MAC, each with the guest’s name for it', () => {
  const interfaces = [
    { name: 'lo', mac: '00:00:00:00:00:00', addresses: [{ ...address, address: '127.0.0.1' }] },
    { name: 'eth0', mac, addresses: [] },
    { name: 'br7', mac, addresses: [address] },
    { name: 'tun0', mac: null, addresses: [{ ...address, address: '10.9.0.1' }] },
  ];
  expect(wordOn(one, { interfaces, at: 7 })).toEqual({
    addresses: [{ ...address, source: 'agent', seenAt: 7, guestName: 'br7' }],
    guestName: 'eth0',
    answered: true,
    silence: null,
  });
});

test.each([
  [
    'the guest has no address on it',
    { interfaces: [{ name: 'eth0', mac, addresses: [] }], at: 7 },
    /The guest calls this NIC eth0, and has no/,
  ],
  ['the guest has no such NIC', { interfaces: [], at: 7 }, /no interface with this MAC/],
  ['it was never answered', { failure: new TapestryError('agent-failed', 'It did not answer.') }, /^It did not answer\.$/],
  ['it was not answered yet', {}, /hasn’t answered yet/],
])('why the agent tells no address: %s', (_what, word, silence) => {
  const told = wordOn(one, word);
  expect(told.silence).toMatch(silence);
  expect([told.addresses, told.answered]).toEqual([[], 'at' in word]);
});

test('an agent that has stopped answering is taken at its last word', () => {
  const failure = new TapestryError('agent-failed', 'It did not answer.');
  const told = wordOn(one, { interfaces: [{ name: 'eth0', mac, addresses: [address] }], at: 7, failure });
  expect(told).toMatchObject({ addresses: [{ seenAt: 7 }], silence: null });
});
