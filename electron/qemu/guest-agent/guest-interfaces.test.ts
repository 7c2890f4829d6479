import { expect, test } from 'vitest';
import { readGuestInterfaces, visibleName } from './guest-interfaces.ts';

const address = (text: string, prefix: number, type: 'ipv4' | 'ipv6' = text.includes(':') ? 'ipv6' : 'ipv4') => ({
  'ip-address': text,
  'ip-address-type': type,
  prefix,
});

test('reads what an agent tells: names, MACs and addresses with their prefixes', () => {
  expect(
    readGuestInterfaces([
      { name: 'lo', 'hardware-address': '00:00:00:00:00:00', 'ip-addresses': [address('127.0.0.1', 8), address('::1', 128)] },
      { name: 'eth0', 'hardware-address': '52:54:00:E4:2E:C1', 'ip-addresses': [address('10.0.0.9', 24)], statistics: { 'rx-bytes': 1 } },
      { name: 'tun0', 'ip-addresses': [] },
      { name: 'Ethernet 2', 'hardware-address': '52:54:00:00:00:02', 'ip-addresses': [address('FE80::1%12', 64)] },
    ]),
  ).toEqual([
    {
      name: 'lo',
      mac: '00:00:00:00:00:00',
      addresses: [
        { address: '127.0.0.1', prefix: 8, family: 'ipv4' },
        { address: '::1', prefix: 128, family: 'ipv6' },
      ],
    },
    { name: 'eth0', mac: '52:54:00:e4:2e:c1', addresses: [{ address: '10.0.0.9', prefix: 24, family: 'ipv4' }] },
    { name: 'tun0', mac: null, addresses: [] },
    { name: 'Ethernet 2', mac: '52:54:00:00:00:02', addresses: [{ address: 'fe80::1', prefix: 64, family: 'ipv6' }] },
  ]);
});

test('a guest that says more than is so is shown nothing of it', () => {
  const [one] = readGuestInterfaces([
    {
      name: 'eth0\n\u001b[2J\u202Egpj',
      'hardware-address': 'javascript:alert(1)',
      'ip-addresses': [
        address('10.0.0.9', 33),
        address('10.0.0.9; rm -rf /', 8),
        address('999.1.1.1', 8),
        address('::1', -1),
        address(`${'1:'.repeat(99_999)}1`, 64),
        address('10.0.0.8', 24),
        ...Array.from({ length: 5000 }, (_, n) => address(`10.1.${n >> 8}.${n & 255}`, 16)),
      ],
    },
  ]);
  expect(one?.name).toBe('eth0\uFFFD\uFFFD[2J\uFFFDgpj');
  expect(one?.mac).toBeNull();
  expect(one?.addresses[0]).toEqual({ address: '10.0.0.8', prefix: 24, family: 'ipv4' });
  expect(one?.addresses.length).toBeLessThanOrEqual(64);
  expect(readGuestInterfaces(Array.from({ length: 5000 }, () => ({ name: 'x' })))).toHaveLength(1024);
});

test('names are shown within their limit, with whole characters', () => {
  expect(visibleName('x'.repeat(64))).toBe('x'.repeat(64));
  expect(visibleName('😀'.repeat(100))).toBe(`${'😀'.repeat(63)}…`);
  expect(visibleName('\uD83D')).toBe('\uFFFD');
});

test.each([
  [null],
  [{}],
  ['x'],
  [[{ name: 7 }]],
  [[{ name: 'x', 'ip-addresses': 'many' }]],
  [[{ name: 'x', 'ip-addresses': [{ prefix: 1 }] }]],
])('refuses %j', (answer) => {
  expect(() => readGuestInterfaces(answer)).toThrow(expect.objectContaining({ code: 'agent-failed' }) as Error);
});
