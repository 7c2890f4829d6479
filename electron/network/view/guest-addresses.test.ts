import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import {
  addressesByNeighbour,
  leaseFiles,
  leasesOf,
  mergeAddresses,
  partBySince,
  readLeases,
  readLibvirtLeases,
  type GuestAddress,
} from './guest-addresses.ts';

const mac = '52:54:00:e4:2e:c1';
const at = 1_000_000_000_000;

test('neighbours by MAC, without those that don’t answer', () => {
  const entry = (dst: string, lladdr: string, state: string) => ({ dst, lladdr, dev: 'br0', state: [state] });
  const found = addressesByNeighbour(
    [
      entry('10.0.0.5', '52:54:00:E4:2E:C1', 'STALE'),
      entry('10.0.0.6', mac, 'FAILED'),
      entry('10.0.0.7', '52:54:00:00:00:01', 'REACHABLE'),
      { dst: '10.0.0.8', state: [] },
    ],
    mac,
    at,
  );
  expect(found).toEqual([{ address: '10.0.0.5', prefix: 0, family: 'ipv4', source: 'arp', seenAt: at }]);
});

test.each([
  ['confirmed just now', { state: ['REACHABLE'], confirmed: 3, updated: 3 }, 3],
  ['confirmed long ago, stale since', { state: ['STALE'], confirmed: 500, updated: 460 }, 500],
  ['made by the guest’s own question, never confirmed', { state: ['STALE'], confirmed: 72, updated: 12 }, 12],
  ['the kernel is asking', { state: ['DELAY'], confirmed: 64, updated: 2 }, 4],
  ['asked for again after a confirmation', { state: ['PROBE'], confirmed: 40, updated: 1 }, 40],
])('how long ago the guest was heard: %s', (_what, facts, ago) => {
  expect(addressesByNeighbour([{ dst: '10.0.0.5', lladdr: mac, dev: 'br0', ...facts }], mac, at)).toMatchObject([
    { address: '10.0.0.5', seenAt: at - ago * 1000 },
  ]);
});

test('an entry that was set by hand is told as that, whenever the run began', () => {
  const [entry] = addressesByNeighbour([{ dst: '10.0.0.5', lladdr: mac, state: ['PERMANENT'], confirmed: 900, updated: 900 }], mac, at);
  expect(entry).toMatchObject({ byHand: true });
  expect(partBySince(entry === undefined ? [] : [entry], at + 60_000).seen).toHaveLength(1);
});

test('a lease that was given before this start, and one that was renewed since', () => {
  // Both are an hour long; the file was written with the one that ends last.
  const [hour, written] = [3600_000, at - 10_000];
  const line = (given: number, of: string, address: string) => `${String((given + hour) / 1000)} ${of} ${address} guest *\n`;
  const text = `${line(at - 600_000, mac, '10.0.0.5')}${line(written, '52:54:00:00:00:01', '10.0.0.8')}`;
  const { seen, old } = partBySince(readLeases(text, mac, at, written), at - 60_000);
  expect([seen, old]).toMatchObject([[], [{ address: '10.0.0.5', seenAt: at - 600_000 }]]);
  const renewed = partBySince(readLeases(line(written, mac, '10.0.0.5'), mac, at, written), at - 60_000);
  expect(renewed).toMatchObject({ seen: [{ address: '10.0.0.5', source: 'lease', seenAt: written }], old: [] });
});

test('dnsmasq’s leases: live ones of this MAC', () => {
  const text = `1000000100 ${mac} 10.0.0.5 guest *\n999999999 ${mac} 10.0.0.6 old *\n0 ${mac} 10.0.0.7 for-ever *\n1000000100 52:54:00:00:00:01 10.0.0.8 other *\nduid 00:01\n`;
  expect(readLeases(text, mac, at).map(({ address }) => address)).toEqual(['10.0.0.5', '10.0.0.7']);
});

test('libvirt’s leases, and text that is none', () => {
  const text = JSON.stringify([
    { 'ip-address': '192.168.122.5', 'mac-address': mac, 'expiry-time': 1000000100 },
    { 'ip-address': '192.168.122.6', 'mac-address': mac, 'expiry-time': 5 },
    { 'mac-address': mac },
  ]);
  expect(readLibvirtLeases(text, mac, at).map(({ address }) => address)).toEqual(['192.168.122.5']);
  expect(readLibvirtLeases('[{', mac, at)).toEqual([]);
  expect(readLibvirtLeases('{"a":1}', mac, at)).toEqual([]);
});

test('lease files of a folder; a folder that is missing is none', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tapestry-leases-'));
  try {
    await writeFile(path.join(folder, 'default.leases'), `0 ${mac} 10.0.0.5 guest *\n`);
    await writeFile(
      path.join(folder, 'virbr0.status'),
      JSON.stringify([{ 'ip-address': '10.0.0.6', 'mac-address': mac, 'expiry-time': 4e9 }]),
    );
    await writeFile(path.join(folder, 'other.txt'), `0 ${mac} 10.0.0.9 guest *\n`);
    const found = leasesOf(await leaseFiles([folder, path.join(folder, 'none')]), mac, Date.now());
    expect(Object.fromEntries(found.map(({ address, source }) => [address, source]))).toEqual({
      '10.0.0.5': 'lease',
      '10.0.0.6': 'lease',
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('one entry per address, the surer source first', () => {
  const one = (address: string, source: GuestAddress['source']): GuestAddress => ({
    address,
    prefix: 0,
    family: 'ipv4',
    source,
    seenAt: at,
  });
  expect(
    mergeAddresses([one('a', 'arp'), one('a', 'agent'), one('b', 'arp'), one('a', 'lease')]).map(
      ({ address, source }) => `${address} ${source}`,
    ),
  ).toEqual(['a agent', 'b arp']);
});
