import { expect, test } from 'vitest';
import { addressIfAsked, usernetAddresses } from './user-network.ts';

const ip = (address: string, prefix?: number) => ({ ips: [{ family: 'ipv4' as const, address, prefix }] }) as never;
const plain = { ips: [] };

test.each([
  [plain, '10.0.2.15'],
  [ip('10.5.0.0', 16), '10.5.2.15'],
  [ip('10.5.7.0', 24), '10.5.7.15'],
  [ip('10.5.7.64', 26), '10.5.7.79'],
  [ip('10.5.7.0', 28), '10.5.7.15'],
  [ip('172.17.2.0'), '172.16.2.15'],
  [ip('192.168.5.0'), '192.168.2.15'],
  [ip('130.1.0.0'), '130.1.2.15'],
  [ip('10.9.0.0'), '10.0.2.15'],
  [ip('nonsense'), undefined],
])('what QEMU gives to a guest that asks, as its own forwards show: %j', (nic, address) => {
  expect(addressIfAsked(nic)).toBe(address);
});

const usernet = (...rows: string[]) =>
  `Hub -1 (hostnet0):\r\n  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n${rows.map((one) => `  ${one}\r\n`).join('')}`;
const seen = (text: string) => [...(usernetAddresses(text, new Map([['hostnet0', plain]])).get('hostnet0') ?? [])];

test.each([
  ['a forward is nobody’s frame', 'TCP[HOST_FORWARD]   3               *  7777       10.0.2.15    22     0     0', []],
  ['one that waits for the guest', 'TCP[SYN_SENT]      14       127.0.0.1  7777       10.0.2.15    22     0     0', []],
  ['one that the guest answered', 'TCP[ESTABLISHED]   14       127.0.0.1  7777       10.0.2.15    22     0     0', ['10.0.2.15']],
  ['one that the guest made', 'TCP[SYN_RCVD]      14       10.0.2.77 40000   93.184.216.34    80     0     0', ['10.0.2.77']],
  ['a name that it asked for', 'UDP[236 sec]       14       10.0.2.15 40000        10.0.2.3    53     0     0', ['10.0.2.15']],
  ['a ping of its', 'ICMP[10 sec]       14       10.0.2.15     -        10.0.2.2     -     0     0', ['10.0.2.15']],
  ['one from outside this network', 'UDP[236 sec]       14      172.16.9.9 40000   93.184.216.34    53     0     0', []],
])('connections in QEMU’s user network: %s', (_what, line, addresses) => {
  expect(seen(usernet(line))).toEqual(addresses);
});

test('each network its own guest', () => {
  const row = 'UDP[236 sec]       14       10.0.2.15 40000        10.0.2.3    53     0     0';
  const text = `${usernet()}Hub -1 (hostua-lan):\r\n  ${row}\r\nHub -1 (other):\r\n  ${row}\r\n`;
  const nets = new Map([
    ['hostnet0', plain],
    ['hostua-lan', plain],
  ]);
  expect(usernetAddresses(text, nets)).toEqual(new Map([['hostua-lan', new Set(['10.0.2.15'])]]));
});
